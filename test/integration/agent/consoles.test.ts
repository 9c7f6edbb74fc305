import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { openShell, untilNoShells } from '../../support/shells.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

interface Frame {
  type: string;
  console?: string;
  sequence?: number;
  screen?: string | null;
  read_only?: boolean;
  status?: number;
}

/** A page's side of a console: what it was told, what it was shown, and how far that goes. */
function page(workshop: Workshop, first: object, actor = 'ada') {
  const connection = new WebSocket('ws://slipway/api/v1/terminal', {
    createConnection: () => net.connect(path.join(workshop.data, 'slipway.sock')),
    headers: { 'slipway-actor': actor },
  });
  onTestFinished(() => connection.terminate());
  const told: Frame[] = [];
  let shown = '';
  let bytes = 0;
  connection.on('open', () => connection.send(JSON.stringify(first)));
  connection.on('message', (message: Buffer, isBinary) => {
    if (!isBinary) return void told.push(JSON.parse(String(message)) as Frame);
    shown += String(message);
    bytes += message.length;
  });
  return {
    connection,
    told,
    shown: () => shown,
    opened: () => waitFor('the console', () => told.find(({ type }) => type === 'opened')),
    place: async () => ((await waitFor('an answer', () => told[0])).sequence ?? 0) + bytes,
    until: (text: string) => waitFor(`"${text}" among ${JSON.stringify(shown)}`, () => shown.includes(text)),
    type: (text: string) => connection.send(Buffer.from(text)),
  };
}

const SIZE = { columns: 90, rows: 20 };
const OPEN = { type: 'open', app: 'web', instance: '1', size: SIZE, variables: { TERM: 'xterm' } };

test('a console outlives its connection, and tells who opened and who came to it', async () => {
  const workshop = await Workshop.make({ replicas: 1 });
  fs.chmodSync(workshop.folder, 0o755);
  workshop.publish('1.0.0');
  await workshop.start();
  await workshop.untilDeployed('1.0.0');
  const first = page(workshop, { ...OPEN, viewer: 'page-one' });
  const { console: id } = await first.opened();
  first.type('echo begun $((1 + 1)); stty size\r');
  await first.until('begun 2');
  await first.until('20 90');
  const seen = await first.place();
  first.connection.terminate();
  const client = await workshop.client();
  await waitFor('nobody to look', async () => (await client.consoles())[0]?.viewers === 0);

  const again = page(workshop, {
    ...{ type: 'attach', console: id, viewer: 'page-one', after: seen },
    ...{ size: { columns: 100, rows: 30 }, take: false },
  });
  expect(await again.opened()).toMatchObject({ screen: null, sequence: seen, read_only: false });
  again.type('stty size; echo $((40 + 2))nd\r');
  await again.until('30 100');
  await again.until('42nd');

  const look = { type: 'attach', console: id, viewer: 'page-two', after: null, size: SIZE, take: false };
  const other = page(workshop, look, 'bob');
  const opened = await other.opened();
  expect(opened.read_only).toBe(true);
  for (const part of ['begun 2', '20 90', '42nd']) expect(opened.screen).toContain(part);
  other.type('exit 1\r');
  again.type('exit 7\r');
  await waitFor('the end', () => other.told.at(-1)?.type === 'exited');
  expect([again.told.at(-1), other.told.at(-1)]).toMatchObject([{ status: 7 }, { status: 7 }]);
  expect(other.shown()).not.toContain('exit 1');
  await untilNoShells(workshop);
  // Who came back to his own console is not told again, and who came to that of another one is.
  expect(await client.audit({ app: 'web' })).toMatchObject([
    { actor: 'bob', action: 'shell', subject: 'web/1, opened by ada', outcome: 'succeeded' },
    { actor: 'ada', action: 'shell', subject: 'web/1', outcome: 'succeeded', reason: 'exit status 7' },
  ]);

  // One that nobody needs is ended from elsewhere; one that is not kept ends with its connection.
  const forgotten = page(workshop, { ...OPEN, viewer: 'page-three' });
  const { console: left = '' } = await forgotten.opened();
  expect((await client.endConsole({ console: left })).message).toContain('web/1');
  await waitFor('the end', () => forgotten.told.at(-1)?.type === 'exited');
  const unkept = page(workshop, OPEN);
  expect(await unkept.opened()).toEqual({ type: 'opened' });
  unkept.connection.terminate();
  await untilNoShells(workshop);

  const shell = openShell(workshop, '--agent');
  await shell.until(/[$#] $/);
  await shell.ask('echo "<$HOME> <$SLIPWAY_SOCKET>"', /[\r\n]<\/[^>]*> <>\s/);
  await shell.ask('exit 4', /exit/);
  expect((await shell.ended).status).toBe(4);
  let log = '';
  for await (const item of await client.agentLogs({ grep: 'a shell on' }))
    if ('line' in item) log += `${item.line}\n`;
  expect(log).toMatch(/opened a shell on web\/1\n[^]*opened a shell on the host\n/);
});
