import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { processStat } from '../../../src/supervisor/proc.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { PersonsTerminal } from '../../support/terminal.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const SECRET = 'zeugma+of/a=secret';
const FORMS = [
  SECRET,
  Buffer.from(`x${SECRET}`).toString('base64'),
  Buffer.from(SECRET).toString('hex'),
  encodeURIComponent(SECRET),
];
/** What must be nowhere: of base64, what the neighbours do not decide. */
const TRACES = FORMS.map((form) => form.slice(2, -4));
const CLIPBOARD = '\x1b]52;c;cm0gLXJmIC8=\x07';

/** All that the agent has written down: database, its log, what stands in its folder. */
function writtenDown(workshop: Workshop): Buffer {
  const names = fs.readdirSync(workshop.data).filter((name) => /\.db|\.sqlite|wal/.test(name));
  const files = [...names.map((name) => path.join(workshop.data, name)), path.join(workshop.logs, 'slipway')];
  return execFileSync('sh', ['-c', 'find "$@" -type f -exec cat {} +', 'sh', ...files], {
    maxBuffer: 1 << 30,
  });
}

test('what an app prints as it crashes is told without its secrets, and no terminal obeys it', async () => {
  const workshop = await Workshop.running({
    replicas: 1,
    app: { env: { API_TOKEN: SECRET }, restart: { max_delay: '10ms', max_retries: 1 } },
  });
  const client = await workshop.client();
  const { last_event } = (await client.status({})).agent;
  const stderr = `fatal error: ${FORMS.join(' ')} ${CLIPBOARD}`;
  fs.writeFileSync(
    `${workshop.data}/service/web/1/current/behaviour.json`,
    JSON.stringify({ WEB_EXIT_AFTER_MS: 1, WEB_STDERR: stderr }),
  );
  await workshop.ask(1, '/exit').catch(() => undefined);
  const failed = await waitFor('it to be given up', async () => {
    const [instance] = (await workshop.app()).instances;
    return instance?.state === 'failed' && instance;
  });
  const told = 'fatal error: [redacted] ';
  expect(failed.last_exit?.reason).toContain(told);
  expect(failed.last_exit?.reason).toContain('\\x1b]52;c;');
  const events = client.events({ after: last_event });
  const heard: string[] = [];
  for await (const { message } of await events) {
    heard.push(message);
    if (message.includes(told)) break;
  }
  expect(heard.join('\n')).toContain(told);

  // The record follows its effect.
  const written = await waitFor('it to be written down', () => {
    const bytes = writtenDown(workshop);
    return bytes.includes(told) && bytes;
  });
  for (const text of [
    written.toString('latin1'),
    JSON.stringify(failed),
    heard.join('\n'),
    workshop.agentOutput(),
  ]) {
    expect([...TRACES, '\x1b]'].filter((trace) => text.includes(trace))).toEqual([]);
  }

  const socketPath = path.join(workshop.data, 'slipway.sock');
  const env = { SLIPWAY_SOCKET: socketPath };
  const shown = async (...args: string[]) => {
    const terminal = new PersonsTerminal(args, { env });
    await terminal.ended;
    return terminal.shown;
  };
  for (const args of [
    ['logs', '--agent', '--raw'],
    ['logs', 'web/1'],
    ['status'],
    ['status', '--json'],
    ['deployments', 'web'],
  ])
    expect(await shown(...args), args.join(' ')).not.toContain('\x1b]');
  expect(await shown('logs', 'web/1', '--stderr')).toContain('\\x1b]52;c;');
  expect(await shown('logs', 'web/1', '--stderr', '--raw')).toContain(CLIPBOARD);
  // The log is the app's own, in a pipe byte by byte.
  expect((await slipway(['logs', 'web/1', '--stderr'], { socketPath })).stdout).toContain(`${stderr}\n`);
  expect((await slipway(['logs', '--agent'], { socketPath })).stdout).not.toContain('\x1b');
});

test('the secrets of a site are known before it is told what ended while no agent was there', async () => {
  const site = await SiteWorkshop.make({ site: {} });
  const { workshop } = site;
  const flag = path.join(workshop.folder, 'die');
  workshop.configure({ env: { FLAG: flag }, workers: [{ name: 'queue', command: 'bash worker.sh' }] });
  site.repository.push({
    'worker.sh':
      'while [ ! -e "$FLAG" ]; do sleep 0.05; done; echo "fatal: $(cut -d= -f2- .env) $NPM_TOKEN" >&2; exit 3',
  });
  await workshop.start();
  await (await workshop.client()).changeSecrets({ app: 'shop', set: { NPM_TOKEN: SECRET } });
  await (await workshop.client()).changeEnv({ app: 'shop', set: { DB_PASSWORD: 'of-the-env-file' } });
  await site.deploy();
  const [worker] = (await workshop.app()).instances;
  await workshop.kill();
  fs.writeFileSync(flag, '');
  await waitFor('the worker to be gone', () => processStat(worker?.pid ?? 0) === null);
  await workshop.start();
  const told = await waitFor(
    'its end to be told',
    async () => (await workshop.app()).instances[0]?.last_exit?.reason,
  );
  expect(told).toContain('fatal: [redacted] [redacted]');
});
