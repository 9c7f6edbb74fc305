import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { slipway } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { datagramReceiver, syslogServer } from '../../support/log-receivers.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** Writes numbered lines, fifty a second, to both streams. */
const WRITER = 'i=0; while sleep 0.02; do i=$((i+1)); echo line $i; echo error $i >&2; done';

const numbers = (texts: readonly string[], word: string) =>
  texts.flatMap((text) => new RegExp(`${word} (\\d+)\\n?$`).exec(text)?.[1] ?? []).map(Number);

/** Of each line when it was written, of both streams together in that order: exactly, but of what was written while no agent ran. */
async function tellTimes(workshop: Workshop): Promise<void> {
  const logs = async (...options: string[]) =>
    (await slipway(['logs', 'web', '--config', workshop.configFile, ...options])).stdout.trim().split('\n');
  const lines = (await logs('-n', '100000', '--json')).map(
    (line) => JSON.parse(line) as { at: string; exact?: false; stream: string },
  );
  expect(new Set(lines.map(({ exact }) => exact))).toEqual(new Set([undefined, false]));
  expect(new Set(lines.map(({ stream }) => stream))).toEqual(new Set(['stdout', 'stderr']));
  const written = lines.map(({ at }) => Date.parse(at));
  expect(written).toEqual(written.toSorted((a, b) => a - b));
  for (const line of await logs('-n', '50', '--times'))
    expect(line).toMatch(/^[ ~]?\d{4}-\d\d-\d\d \S+ web\/1 (line|error) \d+$/);
}

test('an agent killed in the midst loses no line, and a change of targets restarts no app', async () => {
  const port = await freePorts(1);
  const server = await syslogServer({ port });
  const forward = [{ type: 'syslog', url: `tcp://127.0.0.1:${port}` }];
  const workshop = await Workshop.running({
    replicas: 1,
    app: {
      ...{ start: { sh: [WRITER] }, port: null, ready: { alive: '200ms' } },
      log: { forward },
    },
    host: { log: { forward: [{ type: 'program', command: 'cat' }], agent: true } },
  });
  await waitFor('lines', () => server.messages.length > 20, SELDOM);
  const before = await workshop.app();

  const socket = path.join(workshop.folder, 'journal');
  const journal = await datagramReceiver(socket);
  workshop.configure({ log: { forward: [...forward, { type: 'journald', socket }] } });
  expect(await (await workshop.client()).applyConfiguration()).toMatchObject({
    message: 'web: log changed, nothing is restarted',
  });
  const inJournal = () => numbers(journal(), 'line');
  await waitFor('lines in the journal', () => inJournal().length > 100, SELDOM);
  await workshop.kill();
  const atKill = numbers(server.messages, 'line').length;
  await workshop.start();
  await waitFor('more lines', () => new Set(numbers(server.messages, 'line')).size > atKill + 100, SELDOM);
  await waitFor('more in the journal', () => (inJournal().at(-1) ?? 0) > atKill + 100, SELDOM);
  expect((await workshop.app()).instances[0]?.pid).toBe(before.instances[0]?.pid);

  for (const word of ['line', 'error']) {
    const seen = numbers(server.messages, word);
    // From the first one that the app has written, none is missing; what came twice was sent after the last note.
    expect([...new Set(seen)].sort((a, b) => a - b)).toEqual(
      Array.from({ length: Math.max(...seen) }, (_, index) => index + 1),
    );
    expect(seen.length - new Set(seen).size).toBeLessThan(1000);
    const [first = 0, ...rest] = [...new Set(numbers(journal(), word))].sort((a, b) => a - b);
    expect(rest).toEqual(rest.map((_, index) => first + index + 1));
  }
  expect(server.messages[0]).toContain('release="1.0.0"');

  await tellTimes(workshop);

  // What a person is told where one is away.
  await server.close();
  const said = async () => (await slipway(['status', '--config', workshop.configFile])).stdout;
  await waitFor('the warning', async () => /does not reach tcp:.*\n?.*wait/.test(await said()), SELDOM);
  const { stdout } = await slipway(['doctor', '--config', workshop.configFile, '--json']);
  expect(JSON.parse(stdout).filter(({ name }: { name: string }) => name === 'log forward')).toEqual([
    expect.objectContaining({
      state: 'fail',
      message: expect.stringMatching(/^the log of web does not reach tcp:.*; [\d.]+ KB wait$/),
    }),
  ]);
  const positions = path.join(workshop.data, 'forward', 'positions.json');
  expect(fs.statSync(positions).mode & 0o777).toBe(0o600);
});
