import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import type { Check } from '../../../src/doctor/index.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** All pages but the first are overwritten: what the journal knew is gone. */
function damage(file: string): Buffer {
  const bytes = fs.readFileSync(file);
  bytes.fill(0xff, 4096);
  for (const ending of ['-wal', '-shm']) fs.rmSync(`${file}${ending}`, { force: true });
  fs.writeFileSync(file, bytes);
  return bytes;
}

test('with a damaged journal apps are kept alive, nothing is changed, and that is said', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const { configFile, data } = workshop;
  const before = await workshop.app();
  const file = path.join(data, 'slipway.db');
  const run = async (...words: string[]) => await slipway([...words, '--config', configFile]);

  await workshop.kill();
  const damaged = damage(file);
  const unattended = await run('doctor', '--json');
  expect(unattended.status).toBe(1);
  expect(unattended.stdout).toContain(`${file} is damaged`);
  const victim = before.instances[0]?.pid ?? 0;
  process.kill(victim, 'SIGKILL');
  await workshop.start();

  // One that died while no agent was there, and one that dies now.
  const revived = await workshop.untilState('running');
  expect(revived.instances[0]?.pid).not.toBe(victim);
  expect(revived.instances[1]?.pid).toBe(before.instances[1]?.pid);
  expect(revived.live).toMatchObject({ number: 1, version: '1.0.0' });
  process.kill(revived.instances[1]?.pid ?? 0, 'SIGKILL');
  await waitFor('a new process of the second', async () => {
    const [, second] = (await workshop.app()).instances;
    return second?.state === 'ready' && second.pid !== before.instances[1]?.pid;
  });

  workshop.publish('1.1.0');
  const client = await workshop.client();
  const app = 'web';
  for (const change of [
    () => client.deploy({ app }),
    () => client.rollback({ app, to: 1 }),
    () => client.stop({ app }),
    () => client.restart({ app }),
    () => client.pin({ app, version: '1.0.0' }),
    () => client.changeSecrets({ app, set: { A: 'b' }, unset: [] }),
    () => client.applyConfiguration({}),
  ])
    await expect
      .soft(change)
      .rejects.toMatchObject({ code: 'journal_corrupt', message: expect.stringMatching('can be changed') });
  const told = await run('status');
  expect(told.stdout).toContain('is damaged');
  expect(told.stdout.replaceAll(/\s+/g, ' ')).toContain('apps are kept running');
  expect(told.stdout).not.toMatch(/ready +1\.1\.0/);
  const doctor = await run('doctor', '--json');
  expect(doctor.status).toBe(1);
  expect((JSON.parse(doctor.stdout) as Check[]).filter(({ state }) => state === 'fail')).toMatchObject([
    {
      name: 'journal',
      mend: 'slipway restore FILE',
      note: expect.stringContaining(`mv ${file} ${file}.damaged`),
    },
  ]);
  expect(fs.readFileSync(file)).toEqual(damaged);

  // What it says to do mends it, and costs no process.
  const { instances } = await workshop.app();
  await workshop.kill('SIGTERM');
  fs.renameSync(file, `${file}.damaged`);
  await workshop.start();
  const after = await workshop.untilDeployed('1.1.0').then(() => workshop.app());
  expect(after.live).toMatchObject({ number: 2, version: '1.1.0' });
  expect(instances).toHaveLength(2);
});

test('of a journal damaged in part, secrets are handed on, and who was stopped stays so', async () => {
  const workshop = await Workshop.running({ replicas: 2 });
  const { configFile, data } = workshop;
  const run = async (...words: string[]) => await slipway([...words, '--config', configFile]);
  const client = await workshop.client();
  await client.changeSecrets({ app: 'web', set: { GREETING: 'from-the-journal' }, unset: [] });
  expect((await run('stop', 'web/2')).status).toBe(0);
  await workshop.kill('SIGTERM');
  const file = path.join(data, 'slipway.db');
  const bytes = fs.readFileSync(file);
  const isIndex = (page: number) => bytes[page * 4096] === 0x0a;
  const pages = Array.from({ length: bytes.length / 4096 - 1 }, (_, index) => index + 1);
  for (const page of pages.filter(isIndex)) bytes.fill(0xff, page * 4096 + 8, (page + 1) * 4096);
  fs.writeFileSync(file, bytes);
  await workshop.start();
  const [first, second] = (await workshop.app()).instances;
  expect((await run('status')).stdout).toContain('is damaged');
  expect(second?.state).toBe('stopped');
  process.kill(first?.pid ?? 0, 'SIGKILL');
  await waitFor('a new process of the first', async () => {
    const [again] = (await workshop.app()).instances;
    return again?.state === 'ready' && again.pid !== first?.pid;
  });
  const [again] = (await workshop.app()).instances;
  expect(fs.readFileSync(`/proc/${again?.pid}/environ`, 'utf8')).toContain('GREETING=from-the-journal');
});
