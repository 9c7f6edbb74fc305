import type { ControlGroup } from './cgroup/index.ts';

/** It moves itself: moved by another, what it starts meanwhile would stay behind. */
const ENTER = 'echo 0 >"$1/cgroup.procs" || exit 125; shift; exec "$@"';

/** The command line that runs a program in a control group, where there is one. */
export function inGroup(argv: readonly string[], group: ControlGroup | null): readonly string[] {
  return group === null ? argv : ['/bin/sh', '-c', ENTER, 'slipway-group', group.directory, ...argv];
}
