import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isAlive, type ProcessStat, processStat } from '../../../src/supervisor/index.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/*
 * Ways in which what a program starts gets out of sight: out of its session and its process group, its parent gone, its
 * environment empty, its name another one.
 */
const ESCAPES = [
  'setsid sleep 100001 &',
  '(setsid sleep 100002 &)',
  'env -i /usr/bin/setsid /bin/sleep 100003 &',
  '(env -i /usr/bin/setsid -f /bin/sleep 100004)',
  `perl -e 'use POSIX; fork and exit; POSIX::setsid(); fork and exit; $0 = "epmd"; exec {"/bin/sleep"} "epmd", "100005"'`,
  'su -s /bin/sh nobody -c "sleep 100006" &',
  '(su -s /bin/sh nobody -c "setsid -f sleep 100007")',
];

async function escaping(): Promise<Workshop> {
  const workshop = await Workshop.running({
    replicas: 1,
    app: {
      start: { sh: [...ESCAPES, `exec ${process.execPath} server.js`] },
      stop: { grace: '5s' },
      prove_after: '0s',
    },
  });
  return workshop;
}

/** All of them, which takes a moment. */
async function escaped(workshop: Workshop): Promise<ProcessStat[]> {
  return await waitFor('all of them to run', () => {
    const found = fs
      .readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && isEscape(workshop, Number(name)))
      .map((name) => processStat(Number(name)))
      .filter((stat) => stat !== null);
    return found.length >= ESCAPES.length && found;
  });
}

function isEscape(workshop: Workshop, pid: number): boolean {
  try {
    const isSleep = /\0?10000\d\0$/.test(fs.readFileSync(`/proc/${pid}/cmdline`, 'latin1'));
    return isSleep && fs.readlinkSync(`/proc/${pid}/cwd`).startsWith(path.join(workshop.data, 'service'));
  } catch {
    return false;
  }
}

test('whatever an instance starts ends with it: at a stop, after a crash, and without an agent', async () => {
  const workshop = await escaping();
  const client = await workshop.client();
  const first = await escaped(workshop);
  const { pid } = await workshop.ask(1);
  process.kill(pid, 'SIGKILL');
  await waitFor('its successor', async () => (await workshop.ask(1)).pid !== pid);
  expect(first.filter(isAlive)).toEqual([]);

  const second = await escaped(workshop);
  await workshop.kill();
  const successor = (await workshop.ask(1)).pid;
  process.kill(successor, 'SIGKILL');
  await waitFor('it to be gone', () => processStat(successor) === null);
  await workshop.start();
  await workshop.untilState('running');
  expect(second.filter(isAlive)).toEqual([]);

  const third = await escaped(workshop);
  await client.stop({ app: 'web' });
  expect(third.filter(isAlive)).toEqual([]);
  expect(workshop.processes()).toEqual([]);
});
