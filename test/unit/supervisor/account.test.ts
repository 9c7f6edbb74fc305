import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findAccount, findGroup } from '../../../src/supervisor/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

async function nextOf(asked: Promise<unknown>): Promise<string> {
  const error = (await asked.catch((thrown: unknown) => thrown)) as { next: string };
  return error.next;
}

/** Files of users and groups that are nobody's, and commands that work on them. */
function emptyHost() {
  const root = temporaryFolder();
  fs.mkdirSync(path.join(root, 'etc'));
  fs.copyFileSync('/etc/login.defs', path.join(root, 'etc/login.defs'));
  for (const name of ['passwd', 'group', 'shadow', 'gshadow'])
    fs.writeFileSync(path.join(root, 'etc', name), '');
  return {
    root,
    run: (command: string) =>
      execFileSync('sh', ['-ec', command.replaceAll(/\b(?:group|user)add\b/g, `$& --prefix ${root}`)]),
  };
}

test.each(['the group', 'the user'])(
  'a user and its group that are missing are made by their commands, %s first',
  async (first) => {
    const user = await nextOf(findAccount('no-such-user'));
    const group = await nextOf(findGroup('no-such-user'));
    const { root, run } = emptyHost();
    for (const command of first === 'the group' ? [group, user] : [user, group]) run(command);
    expect(fs.readFileSync(path.join(root, 'etc/passwd'), 'utf8')).toMatch(
      /^no-such-user:.*:\/home\/no-such-user:/,
    );
    expect(fs.existsSync(path.join(root, 'home/no-such-user'))).toBe(true);
  },
);
