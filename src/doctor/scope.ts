import { APPS_SCOPE, groupPathOf, isSystemdHost } from '../supervisor/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import type { RunningInstance } from './running-agent.ts';
import { type Properties, propertiesOf } from './systemd.ts';

const NAME = 'scope';

/** A main process, and the control group that it is in. */
export interface Member {
  instance: string;
  pid: number;
  group: string;
}

/** Nothing where there is no systemd, or the agent cannot ask it for a scope. */
export async function checkScope(instances: readonly RunningInstance[]): Promise<Check[]> {
  if (!isSystemdHost() || process.getuid?.() !== 0) return [];
  const members = instances.flatMap(({ instance, pid }) => {
    const group = pid === null ? null : groupPathOf(pid);
    // One that has ended since is in none.
    return pid === null || group === null ? [] : [{ instance, pid, group }];
  });
  return judgeScope(await propertiesOf(APPS_SCOPE, ['ActiveState', 'ControlGroup']), members);
}

/** That the scope is there, and that the apps are in it: elsewhere systemd does with them as it does with the agent. */
export function judgeScope(scope: Properties, members: readonly Member[]): Check[] {
  if (scope.get('ActiveState') !== 'active') {
    const message = `${APPS_SCOPE} is ${scope.get('ActiveState') ?? 'not there'}: the apps are not apart from the agent`;
    return [warn(NAME, message, 'systemctl restart slipway')];
  }
  const strangers = members.filter(({ group }) => !group.startsWith(`${scope.get('ControlGroup')}/`));
  if (strangers.length === 0) return [ok(NAME, `${APPS_SCOPE} with ${members.length} main processes`)];
  return strangers.map(({ instance, pid, group }) =>
    fail(
      NAME,
      `${instance} (pid ${pid}) is in ${group}, not in ${APPS_SCOPE}: systemd may end it with the agent`,
      `slipway restart ${instance}`,
    ),
  );
}
