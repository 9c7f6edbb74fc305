import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { bundling } from '../../script/bundling.ts';
import { otpReleases } from '../../test/support/otp-releases.ts';
import { ROOT, run } from '../commands.ts';
import { type Figure, median } from '../figures.ts';
import type { UnpackTimes } from '../programs/unpack.ts';
import type { Case } from '../workshop.ts';

const COPIES_OF_LARGE = 6;
/** A share of GNU tar's time. */
const AT_MOST = { small: 1.2, large: 1.06 };
/** They take milliseconds. */
const ROUNDS_A_RUN = 6;

export const unpack: Case = {
  title: 'An archive is unpacked',
  about:
    'A mix release, tar.gz, and the same six times over in one archive. GNU tar trusts what is in it; Slipway checks each entry ' +
    'first. Both are called from one process, in turn; their time is that of the call, with a thread for each of ours and a ' +
    'process for each of theirs.',
  async run({ folder, runs, say }) {
    await build({
      ...bundling,
      absWorkingDir: ROOT,
      entryPoints: ['bench/programs/unpack.ts', 'src/release/unpack-worker.ts'],
      outdir: path.join(folder, 'bundle'),
    });
    fs.writeFileSync(path.join(folder, 'bundle/package.json'), '{ "type": "module" }');
    const small = otpReleases().elixir('0.1.0');
    const large = await makeLarge(small, folder);
    const figures: Figure[] = [];
    for (const [archive, limit] of [
      [small, AT_MOST.small],
      [large, AT_MOST.large],
    ] as const) {
      const work = `${Math.round(fs.statSync(archive).size / 1e5) / 10} MB`;
      const program = path.join(folder, 'bundle/unpack.js');
      const printed = await run(process.execPath, [program, archive, folder, `${runs * ROUNDS_A_RUN}`]);
      const { slipway, tar } = JSON.parse(printed) as UnpackTimes;
      figures.push(
        { work, of: 'Slipway', unit: 'ms', values: slipway, limit: limit * median(tar) },
        { work, of: 'GNU tar', unit: 'ms', values: tar },
      );
      say(work);
    }
    return figures;
  },
};

async function makeLarge(archive: string, folder: string): Promise<string> {
  const tree = path.join(folder, 'large');
  for (let copy = 1; copy <= COPIES_OF_LARGE; copy++) {
    const into = path.join(tree, `${copy}`);
    fs.mkdirSync(into, { recursive: true });
    await run('tar', ['-xf', archive, '-C', into]);
  }
  const file = path.join(folder, 'large.tar.gz');
  await run('tar', ['-czf', file, '-C', tree, '.']);
  fs.rmSync(tree, { recursive: true });
  return file;
}
