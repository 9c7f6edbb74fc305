import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { deployment, ended, shop, step } from '../../fixtures/api-states.ts';
import { screenOf } from '../../fixtures/screen.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { slipway, startOnTerminal } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const running = (name: string, instance: string | null = null) =>
  step(name, { instance, state: 'running', started_at: new Date().toISOString(), duration_ms: null });

test('on a terminal what is over stays, and what runs moves below it with its time', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(deployment({ state: 'queued', started_at: null }));
  const { seen, ended: end } = startOnTerminal(['deploy', 'shop'], { socketPath });
  const screen = () => screenOf(seen.stdout).lines.filter((line) => line !== '');
  await waitFor('its turn', () =>
    screen()
      .at(-1)
      ?.match(/^\S waiting for its turn +\d+\.\ds$/),
  );

  const output = Array.from(
    { length: 12 },
    (_, index) => `line ${index}${index === 11 ? ` ${'x'.repeat(100)}` : ''}`,
  );
  const start = { ...running('start', 'shop/1'), reason: 'waits for port 4000 '.repeat(9) };
  const migrate = { ...running('migrate'), output };
  backend.put(deployment({ steps: [step('unpack'), migrate, start] }));
  // All of a picture: a terminal hands it over in pieces.
  const lines = await waitFor('the second step', () => {
    const picture = screen();
    return picture.length === 9 && /start shop\/1.*…$/.test(picture[8] ?? '') && picture;
  });
  expect(lines[0]).toBe('deploying shop 1.0.1 (deployment 7)');
  expect(lines[1]).toMatch(/^✔ unpack +1\.2s$/);
  expect(lines[2]).toMatch(/^\S migrate +\d+\.\ds$/);
  expect(lines[3]).toBe('│ line 7'); // the last five
  expect(lines[7]).toMatch(/^│ line 11 x+…$/);
  expect(lines[8]).toMatch(/^\S start shop\/1 +\d+\.\ds  waits for port/);
  expect(lines[8]?.length).toBeLessThan(80);
  expect(screenOf(seen.stdout).cursorVisible).toBe(false);
  const drawn = lines[2];
  await waitFor('the next picture', () => screen()[2] !== drawn);

  const failed = step('start', { instance: 'shop/1', state: 'failed', reason: 'no answer', output });
  backend.put(ended('failed', { steps: [step('unpack'), step('migrate', { output }), failed] }));
  expect(await end).toMatchObject({ status: 1 });
  expect(screen()).toEqual([
    'deploying shop 1.0.1 (deployment 7)',
    expect.stringMatching(/^✔ unpack +1\.2s$/),
    expect.stringMatching(/^✔ migrate +1\.2s$/),
    ...output.slice(-5).map((line) => `│ ${line}`),
    expect.stringMatching(/^✖ start shop\/1 +1\.2s  no answer$/),
    ...output.map((line) => `│ ${line}`), // all of it, where it failed
    '✖ shop 1.0.1 failed (deployment 7, 12.0s)',
    '  next: slipway show 7',
  ]);
  expect(screenOf(seen.stdout).cursorVisible).toBe(true);
});

test('Ctrl-C leaves the terminal as it was, with the last words', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(deployment({ steps: [running('unpack')] }));
  const { child, seen, ended: end } = startOnTerminal(['deploy', 'shop'], { socketPath });
  await waitFor('the step', () => seen.stdout.includes('unpack'));
  child.stdin?.write('\x03');
  expect(await end).toMatchObject({ status: 130 });
  const { lines, cursorVisible } = screenOf(seen.stdout);
  expect(cursorVisible).toBe(true);
  expect(lines.filter((line) => line !== '').at(-1)).toBe('  next: slipway show 7 -f');
  expect(lines.some((line) => line.includes('unpack'))).toBe(false);
});

test('a secret is asked for without echo, one after the other', async () => {
  const { backend, socketPath } = await serveFake();
  const args = ['secret', 'shop', 'set', 'NPM_TOKEN', 'S3_KEY'];
  const { child, seen, ended: end } = startOnTerminal(args, { socketPath });
  const lines = () => screenOf(seen.stdout).lines.map((line) => line.trimEnd());
  await waitFor('the question', () => lines()[0] === 'NPM_TOKEN (it is not shown):');
  child.stdin?.write('hunterx\x7f22\r'); // with a slip, and Backspace
  await waitFor('the next question', () => lines()[1] === 'S3_KEY (it is not shown):');
  child.stdin?.write('key\r');
  expect(await end).toMatchObject({ status: 0 });
  expect(lines()).toEqual([
    'NPM_TOKEN (it is not shown):',
    'S3_KEY (it is not shown):',
    'changeSecrets is done',
    '',
  ]);
  expect(backend.calls).toMatchObject([{ input: { set: { NPM_TOKEN: 'hunter22', S3_KEY: 'key' } } }]);
});

test.each([
  ['Ctrl-C', '\x03'],
  ['Ctrl-D', '\x04'],
  ['an empty line', '\r'],
])('%s in the place of a secret changes nothing', async (_, keys) => {
  const { backend, socketPath } = await serveFake();
  const { child, seen, ended: end } = startOnTerminal(['secret', 'shop', 'set', 'DB'], { socketPath });
  await waitFor('the question', () => seen.stdout.includes('not shown'));
  child.stdin?.write(keys);
  const { status, stdout } = await end;
  expect(status).toBe(130);
  expect(stdout).toContain('nothing was changed');
  expect(backend.calls).toEqual([]);
});

test('while an archive is sent, a line tells how far it is, and one stays', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(ended('succeeded'));
  let open = () => {};
  backend.gate = new Promise((resolve) => {
    open = resolve;
  });
  const file = path.join(temporaryFolder(), 'site.zip');
  fs.writeFileSync(file, Buffer.alloc(20 * 1024 ** 2));
  const args = ['deploy', 'shop', '--archive', file];
  const { seen, ended: end } = startOnTerminal(args, { socketPath });
  const moving = /^\S sending site\.zip  \S+ \S?B of 20 MB  \d+%  \S+ \S?B\/s$/;
  await waitFor('the line', () => screenOf(seen.stdout).lines.some((line) => moving.test(line)));
  open();
  expect(await end).toMatchObject({ status: 0 });
  const { lines, cursorVisible } = screenOf(seen.stdout);
  expect(lines[0]).toMatch(/^✔ sent site\.zip: 20 MB in \S+ \(\S+ \S?B\/s\)$/);
  expect(lines[1]).toBe('deploying shop 1.0.1 (deployment 7)');
  expect(cursorVisible).toBe(true);
});

test('colours are for terminals, and not where NO_COLOR is set', async () => {
  const { socketPath } = await serveFake();
  const { stdout } = await startOnTerminal(['status'], { socketPath }).ended;
  expect(stdout).toContain('\x1b[32mrunning\x1b[39m');
  const plain = await startOnTerminal(['status'], { socketPath, env: { NO_COLOR: '1' } }).ended;
  expect(plain.stdout).not.toContain('\x1b');
  // Programs elsewhere colour what a CI service shows; a pipe of ours is read by scripts.
  const piped = await slipway(['status'], { socketPath, env: { CI: 'true', FORCE_COLOR: '1' } });
  expect(piped.stdout).toContain('running');
  expect(piped.stdout).not.toContain('\x1b');
});

test('a dumb terminal is written to as a file is', async () => {
  const { backend, socketPath } = await serveFake();
  backend.put(ended('succeeded', { steps: [step('unpack')] }));
  const { stdout } = await startOnTerminal(['deploy', 'shop'], { socketPath, env: { TERM: 'dumb' } }).ended;
  expect(stdout).toContain('unpack: done after 1.2s');
  expect(stdout).not.toContain('\x1b');
});

test('status --watch draws the new status in the place of the old', async () => {
  const { backend, socketPath } = await serveFake();
  const { child, seen, ended: end } = startOnTerminal(['status', '--watch'], { socketPath });
  const screen = () => screenOf(seen.stdout).lines.filter((line) => line !== '');
  await waitFor('the status', () => screen()[1]?.includes('running') && backend.streams === 1);
  backend.apps = [shop({ state: 'stopped', instances: [] })];
  backend.happen('shop was stopped');
  // Heading, app, why nothing runs, agent; a terminal hands a picture over in pieces.
  await waitFor('the change', () => screen()[1]?.includes('stopped') && screen().at(-1)?.includes('agent'));
  child.stdin?.write('\x03');
  expect(await end).toMatchObject({ status: 130 });
});

test('an error breaks between words on a terminal', async () => {
  const args = ['publish', '.', '--app', 'a', '--version', '1', '--to', 'https://x/y'];
  const { seen, ended: end } = startOnTerminal(args);
  expect(await end).toMatchObject({ status: 2 });
  expect(screenOf(seen.stdout).lines.filter((line) => line !== '')).toEqual([
    'error: https:// cannot be published to: give s3://, gs:// or a folder, which a',
    '  web server may show',
    '  hint: nothing was published',
    '  next: slipway publish --help',
  ]);
});
