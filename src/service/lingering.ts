import type { LingeringOf } from '../app/index.ts';
import { formatDuration } from '../kernel/index.ts';
import { findLingering, type HotWay, type Lingering } from '../otp/index.ts';
import type { BeamLinks } from './beam-links.ts';
import type { ServiceContext } from './context.ts';

/** What would have to end before the instances can get the code of an upgrade: processes that a former one left in theirs. */
export async function lingeringIn(
  context: ServiceContext,
  { units, links, way }: { units: readonly string[]; links: BeamLinks; way: HotWay },
): Promise<LingeringOf[]> {
  const modules = way.applications.flatMap((each) => each.modules);
  const found = await Promise.all(
    units.map(async (unit) => {
      const connection = links.of(unit)?.open;
      // Nothing is decided by it: the upgrade itself looks again.
      if (!connection) return [];
      const all = await findLingering((...call) => connection.rpc(...call), modules).catch(() => []);
      return all.map((each) => ({ ...each, unit, text: textOf(context, unit, each) }));
    }),
  );
  return found.flat();
}

function textOf({ id, configuration }: ServiceContext, unit: string, lingering: Lingering): string {
  const { module, processes, names } = lingering;
  const { purge, upgradeTimeoutMs } = configuration.otp;
  const [run, they, are] = processes === 1 ? ['process runs', 'it', 'is'] : ['processes run', 'they', 'are'];
  const becomes = {
    wait: `${they} ${are} waited for up to ${formatDuration(upgradeTimeoutMs)}, then the instance is started anew`,
    soft: 'the instance is started anew for that',
    brutal: `${they} ${are} ended`,
  }[purge];
  return `${id}/${unit}: ${processes} ${run} older code of ${module} still (${names.join(', ')}): ${becomes} (otp.purge: ${purge})`;
}
