import { isDeepStrictEqual } from 'node:util';
import type { Configuration, ForwardConfiguration } from '../config/index.ts';
import { reach } from '../forward/index.ts';
import { formatSize } from '../kernel/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { RunningAgent, RunningForward } from './running-agent.ts';

const NAME = 'log forward';
const REACH_MS = 5000;

/** That what logs are sent to can be reached, and has had all of them. Sends nothing. */
export async function checkForwards(
  { apps, log }: Configuration,
  { ask, withinMs = REACH_MS }: { ask: () => Promise<RunningAgent>; withinMs?: number },
): Promise<Check[]> {
  const targets = distinct([...(log.agent ? log.forward : []), ...apps.flatMap((app) => app.log.forward)]);
  if (targets.length === 0) return [];
  const agent = await ask().catch(() => null);
  const told = (agent?.forwards ?? []).flatMap(judge);
  const reached = await Promise.all(targets.map((each) => reach(each, { withinMs })));
  const away = reached.flatMap(({ target, reason }) =>
    // Why nothing arrives the agent has told better.
    reason === null || agent?.forwards?.some((each) => each.target === target && each.reason !== null)
      ? []
      : [fail(NAME, `${target} cannot be reached: ${reason}`, null)],
  );
  const found = [...told, ...away];
  return found.length > 0 ? found : [ok(NAME, reached.map(({ target }) => target).join(', '))];
}

function judge({ app, target, reason, behind_bytes, lost_bytes }: RunningForward): Check[] {
  return [
    ...(reason === null
      ? []
      : [
          fail(
            NAME,
            `the log of ${app} does not reach ${target}: ${reason}; ${formatSize(behind_bytes)} wait`,
            null,
          ),
        ]),
    ...(lost_bytes === 0
      ? []
      : [
          warn(
            NAME,
            `${formatSize(lost_bytes)} of the log of ${app} were rotated away before ${target} had them`,
            null,
          ),
        ]),
  ];
}

function distinct(all: readonly ForwardConfiguration[]): ForwardConfiguration[] {
  return all.filter((each, index) => all.findIndex((other) => isDeepStrictEqual(each, other)) === index);
}
