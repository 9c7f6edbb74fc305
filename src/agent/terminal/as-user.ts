import type { Launch } from '../../supervisor/index.ts';

/** setpriv and not a uid and gid of Node's or the terminal's: those drop the supplementary groups. */
export function argvAsUser({ argv, account }: Pick<Launch, 'argv' | 'account'>): {
  file: string;
  args: string[];
} {
  const [file = '', ...args] =
    account === null
      ? argv
      : [
          '/usr/bin/setpriv',
          `--reuid=${account.uid}`,
          `--regid=${account.gid}`,
          '--init-groups',
          '--',
          ...argv,
        ];
  return { file, args };
}
