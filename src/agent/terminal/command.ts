import { asUser, ControlGroup, inGroup, type Launch } from '../../supervisor/index.ts';

/** How a program is started as its user, in a control group where there is one. */
export function commandOf(
  launch: Launch,
  group: string | null,
): { file: string; args: string[]; env: Readonly<Record<string, string>> } {
  const { argv, env } = asUser(launch, launch.account);
  const [file = '', ...args] = inGroup(argv, group === null ? null : new ControlGroup(group));
  return { file, args, env };
}
