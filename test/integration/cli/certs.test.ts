import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import tls from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import type { CertificateReport } from '../../../src/cli/view/certs.ts';
import type { Check } from '../../../src/doctor/index.ts';
import { lookUp } from '../../../src/otp/index.ts';
import { slipway } from '../../fixtures/slipway.ts';
import { startEpmd, startErlangNode } from '../../support/erlang-node.ts';
import { signing } from '../../support/signing.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const USER = 'nobody';
const DAY_MS = 86_400_000;

/** A data folder, and its configuration. No agent runs. */
function host(configuration = 'apps: []\n') {
  const folder = temporaryFolder();
  fs.chmodSync(folder, 0o755);
  const data = path.join(folder, 'data');
  const file = path.join(folder, 'slipway.yaml');
  fs.writeFileSync(file, `data: ${data}\nlogs: ${folder}/logs\n${configuration.replaceAll('$DATA', data)}`);
  const certs = path.join(data, 'certs');
  const make = async (...args: string[]) => {
    const { status, stdout, stderr } = await slipway(['certs', 'make', '--config', file, '--json', ...args]);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    return JSON.parse(stdout) as CertificateReport;
  };
  return { data, file, certs, make, at: (name: string) => path.join(certs, name) };
}

const modeOf = (file: string) => (fs.statSync(file).mode & 0o7777).toString(8);
const read = (file: string) => fs.readFileSync(file, 'utf8');
const certificateOf = (file: string) => new X509Certificate(read(file));

test('the CA, a node certificate and inet_tls.conf are made, for their owner alone', async () => {
  const { certs, make, at } = host();
  const { folder, ca, nodes } = await make();
  expect(folder).toBe(certs);
  expect(fs.readdirSync(certs).toSorted()).toEqual([
    'ca.crt',
    'ca.key',
    'inet_tls.conf',
    'node.crt',
    'node.key',
  ]);
  for (const name of fs.readdirSync(certs)) expect(modeOf(at(name)), name).toBe('400');
  expect(modeOf(certs)).toBe('700');

  const [authority, node] = [certificateOf(at('ca.crt')), certificateOf(at('node.crt'))];
  expect(authority.ca).toBe(true);
  expect(node.ca).toBe(false);
  expect(node.checkIssued(authority) && node.verify(authority.publicKey)).toBe(true);
  // Server and client: nodes are both.
  expect(node.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1', '1.3.6.1.5.5.7.3.2']);
  expect(node.checkHost(os.hostname())).toBe(os.hostname());
  expect(node.checkIP('127.0.0.1')).toBe('127.0.0.1');
  expect(nodes).toEqual([
    {
      user: null,
      certificate: at('node.crt'),
      key: at('node.key'),
      ca: at('ca.crt'),
      inet_tls_conf: at('inet_tls.conf'),
      hosts: expect.arrayContaining([os.hostname().split('.')[0], 'localhost', '127.0.0.1']),
      made: true,
      expires_at: new Date(node.validTo).toISOString(),
    },
  ]);
  expect(ca).toEqual({
    certificate: at('ca.crt'),
    made: true,
    expires_at: new Date(authority.validTo).toISOString(),
  });
});

test('what to write where, and when the certificates end, is told', async () => {
  const { file, at } = host();
  const { stdout } = await slipway(['certs', 'make', '--config', file, '--days', '90']);
  expect(stdout).toMatch(/CA +made +\d{4}-\d\d-\d\d \(in 3650 days\)/);
  expect(stdout).toMatch(/nodes +made +\d{4}-\d\d-\d\d \(in 90 days\)/);
  expect(stdout).toContain(
    `  tls:\n      cert: ${at('node.crt')}\n      key: ${at('node.key')}\n      ca: ${at('ca.crt')}\n`,
  );
  expect(stdout).toContain(
    `ELIXIR_ERL_OPTIONS="-proto_dist inet_tls -ssl_dist_optfile ${at('inet_tls.conf')}"`,
  );
});

test('nodes connect by what was made, and refuse those without a certificate or of another CA', async () => {
  const { make, at } = host();
  const stranger = host();
  await Promise.all([make(), stranger.make()]);
  const withoutCertificate = path.join(temporaryFolder(), 'inet_tls.conf');
  fs.writeFileSync(
    withoutCertificate,
    `[{server, [{certfile, "${at('node.crt')}"}, {keyfile, "${at('node.key')}"}]},
      {client, [{cacertfile, "${at('ca.crt')}"}, {verify, verify_peer}]}].`,
  );
  const epmd = await startEpmd();
  const start = (conf: string) => startErlangNode({ epmd, cookie: 'same', tls: conf });
  const [a, b, bare, rogue] = await Promise.all([
    start(at('inet_tls.conf')),
    start(at('inet_tls.conf')),
    start(withoutCertificate),
    start(stranger.at('inet_tls.conf')),
  ]);
  expect(await a.evaluate(`net_adm:ping('${b.name}')`)).toBe('pong');
  expect(await b.evaluate(`nodes() =:= ['${a.name}']`)).toBe('true');
  for (const refused of [bare, rogue])
    expect(await refused.evaluate(`net_adm:ping('${a.name}')`)).toBe('pang');
  expect(await a.evaluate(`net_adm:ping('${rogue.name}')`)).toBe('pang');
});

test('a node tells a client without a certificate that it wants one, in TLS 1.2 and in 1.3', async () => {
  const { make, at } = host();
  await make();
  const node = await startErlangNode({ tls: at('inet_tls.conf') });
  const { port } = await lookUp({
    name: node.alive,
    host: '127.0.0.1',
    port: node.epmd.port,
    timeoutMs: 60_000,
  });
  const talk = async (version: 'TLSv1.2' | 'TLSv1.3', client: { cert?: string; key?: string }) => {
    const socket = tls.connect({
      port,
      host: '127.0.0.1',
      ca: read(at('ca.crt')),
      minVersion: version,
      maxVersion: version,
      ...client,
    });
    onTestFinished(() => void socket.destroy());
    const refused = once(socket, 'close').then(() => 'closed');
    const failed = new Promise<string>((resolve) => socket.once('error', ({ message }) => resolve(message)));
    const answered = once(socket, 'data').then(([bytes]) => (bytes as Buffer).toString('latin1').slice(4));
    answered.catch(() => {});
    // Distribution handshake, send_name of version 6: a node that lets us in answers with its status.
    await once(socket, 'secureConnect').catch(() => {});
    const name = Buffer.from('probe@localhost');
    const message = Buffer.alloc(4 + 15 + name.length);
    message.writeUInt32BE(15 + name.length, 0);
    message.write('N', 4);
    message.writeBigUInt64BE(0x1070f94n | 0x400000000n | 0x2000000n | 0x4000000n, 5);
    message.writeUInt32BE(7, 13);
    message.writeUInt16BE(name.length, 17);
    name.copy(message, 19);
    socket.write(message);
    return Promise.race([failed, answered.catch(() => refused), refused]);
  };
  const own = { cert: read(at('node.crt')), key: read(at('node.key')) };
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    // A status, whichever.
    expect(await talk(version, own), version).toMatch(/^s/);
    expect(await talk(version, {}), version).toMatch(/alert|closed|ECONNRESET|EPIPE/);
  }
});

test('what is good is kept, and wrong modes are set right', async () => {
  const { make, at, certs } = host();
  await make();
  const before = Object.fromEntries(fs.readdirSync(certs).map((name) => [name, read(at(name))]));
  fs.chmodSync(at('node.key'), 0o644);
  fs.rmSync(at('inet_tls.conf'));
  const { ca, nodes } = await make();
  expect([ca.made, nodes[0]?.made]).toEqual([false, false]);
  expect(Object.fromEntries(fs.readdirSync(certs).map((name) => [name, read(at(name))]))).toEqual(before);
  expect(modeOf(at('node.key'))).toBe('400');
});

test('another host makes a new certificate, and later ones keep it', async () => {
  const { make, at } = host();
  const [before] = (await make()).nodes;
  const [named] = (await make('--host', 'app1.example.com', '10.0.0.5')).nodes;
  expect(named?.made).toBe(true);
  expect(named?.hosts).toEqual([...(before?.hosts ?? []), 'app1.example.com', '10.0.0.5']);
  expect(certificateOf(at('node.crt')).checkIP('10.0.0.5')).toBe('10.0.0.5');
  expect((await make('--host', 'APP1.example.com')).nodes[0]?.made).toBe(false);
  expect((await make('--renew')).nodes[0]?.hosts).toEqual(named?.hosts);
});

test('a host that was renamed gets a certificate for its new name, which keeps the former one', async () => {
  const { make, at } = host();
  await make();
  replace(at, { days: 90, hosts: ['former-name', 'localhost'] });
  const { ca, nodes } = await make();
  expect([ca.made, nodes[0]?.made]).toEqual([false, true]);
  expect(nodes[0]?.hosts).toEqual(expect.arrayContaining([os.hostname(), 'former-name']));
  expect((await make()).nodes[0]?.made).toBe(false);
});

test('what a call that was killed has left, the key of the CA in it, is removed by the next', async () => {
  const { make, at } = host();
  await make();
  fs.mkdirSync(at('.making-a1b2c3'));
  fs.copyFileSync(at('ca.key'), at('.making-a1b2c3/ca.key'));
  await make();
  expect(fs.existsSync(at('.making-a1b2c3'))).toBe(false);
});

test('where the folder is a link nothing is made, and where it leads stays as it was', async () => {
  const { data, certs, file } = host();
  const elsewhere = temporaryFolder();
  fs.chmodSync(elsewhere, 0o755);
  fs.mkdirSync(data);
  fs.symlinkSync(elsewhere, certs);
  const { status, stderr } = await slipway(['certs', 'make', '--config', file]);
  expect(status).toBe(1);
  expect(stderr).toContain(`${certs} is a link`);
  expect(modeOf(elsewhere)).toBe('755');
  expect(fs.readdirSync(elsewhere)).toEqual([]);
});

test('--renew makes new keys under the same CA, which lasts as long as they do', async () => {
  const { make, at } = host();
  await make();
  const [key, authority] = [read(at('node.key')), certificateOf(at('ca.crt'))];
  const renewed = await make('--renew', '--days', '100');
  expect([renewed.ca.made, renewed.nodes[0]?.made]).toEqual([false, true]);
  expect(read(at('node.key'))).not.toBe(key);
  expect(certificateOf(at('node.crt')).verify(authority.publicKey)).toBe(true);

  const longer = await make('--renew', '--days', '5000');
  expect(longer.ca.made).toBe(true);
  const [ca, node] = [certificateOf(at('ca.crt')), certificateOf(at('node.crt'))];
  expect(Date.parse(ca.validTo)).toBeGreaterThan(Date.parse(node.validTo));
  // Whoever trusts the former certificate of the CA takes what the new one signs.
  expect(node.checkIssued(authority) && node.verify(authority.publicKey)).toBe(true);
});

test('a certificate that has ended is made again', async () => {
  const { make, at } = host();
  await make();
  replace(at, { days: -1 });
  const { ca, nodes } = await make();
  expect([ca.made, nodes[0]?.made]).toEqual([false, true]);
  expect(Date.parse(nodes[0]?.expires_at ?? '')).toBeGreaterThan(Date.now() + 800 * DAY_MS);
});

test('a user that apps run as gets a key of its own, and none of the others', async () => {
  const { make, at } = host();
  await make();
  const { nodes } = await make('--user', USER);
  expect(nodes.map(({ user, made }) => ({ user, made }))).toEqual([
    { user: null, made: false },
    { user: USER, made: true },
  ]);
  const own = (name: string) => at(`${USER}/${name}`);
  const asUser = (file: string) =>
    execFileSync('setpriv', ['--reuid', USER, '--clear-groups', 'cat', file], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
  for (const name of ['node.key', 'node.crt', 'ca.crt', 'inet_tls.conf']) {
    expect(modeOf(own(name)), name).toBe('400');
    expect(asUser(own(name))).toBe(read(own(name)));
  }
  expect(asUser(own('inet_tls.conf'))).toContain(`{keyfile, "${own('node.key')}"}`);
  expect(read(own('node.key'))).not.toBe(read(at('node.key')));
  expect(() => asUser(at('node.key'))).toThrow('Permission denied');
  expect(() => asUser(at('ca.key'))).toThrow('Permission denied');
  expect(() =>
    execFileSync('setpriv', ['--reuid', USER, '--clear-groups', 'ls', at('.')], { stdio: 'pipe' }),
  ).toThrow('Permission denied');
  // Once made, it is looked after without being named.
  expect((await make('--renew')).nodes.map(({ made }) => made)).toEqual([true, true]);
});

test('files belong to whom the data folder belongs to, whoever calls', async () => {
  const { data, make, at } = host();
  const uid = Number(execFileSync('id', ['-u', USER], { encoding: 'utf8' }));
  fs.mkdirSync(data);
  fs.chownSync(data, uid, uid);
  await make();
  for (const name of ['.', 'ca.key', 'node.key', 'inet_tls.conf'])
    expect(fs.statSync(at(name)).uid).toBe(uid);
});

test('a CA whose key is gone signs nothing, and is not replaced', async () => {
  const { make, file, at } = host();
  await make();
  fs.rmSync(at('ca.key'));
  const before = read(at('ca.crt'));
  const { status, stderr } = await slipway(['certs', 'make', '--config', file, '--renew']);
  expect(status).toBe(1);
  expect(stderr).toContain(at('ca.key'));
  expect(read(at('ca.crt'))).toBe(before);
  expect(fs.existsSync(at('ca.key'))).toBe(false);
});

test('without openssl nothing is made, and it is said how to get it', async () => {
  const { file, certs } = host();
  const tools = temporaryFolder();
  for (const name of ['readlink', 'getent', 'hostname', 'env', 'sh', 'dirname'])
    fs.symlinkSync(execFileSync('which', [name], { encoding: 'utf8' }).trim(), path.join(tools, name));
  const { status, stderr } = await slipway(['certs', 'make', '--config', file], { env: { PATH: tools } });
  expect(status).toBe(1);
  expect(stderr).toMatch(/openssl is not installed[^]*next: apt-get install openssl/);
  expect(fs.readdirSync(certs)).toEqual([]);
});

test.each([
  ['a name that is none', ['--host', 'a,DNS:evil.example'], 'a,DNS:evil.example'],
  ['a lifetime that is none', ['--days', '0'], '--days'],
])('%s is refused', async (_, args, told) => {
  const { file, certs } = host();
  const { status, stderr } = await slipway(['certs', 'make', '--config', file, ...args]);
  expect(status).toBe(2);
  expect(stderr).toContain(told);
  expect(fs.existsSync(certs)).toBe(false);
});

test('doctor tells of certificates that end soon or have ended, open keys, and users without any', async () => {
  const app =
    'apps: [{ name: shop, kind: service, runtime: elixir, port: 4000, source: { type: bucket, url: /srv/shop }, user: nobody,' +
    ' otp: { tls: { cert: $DATA/certs/node.crt, key: $DATA/certs/node.key, ca: $DATA/certs/ca.crt } } }]\n';
  const { make, file, at } = host(app);
  const examine = async () => {
    const { stdout } = await slipway(['doctor', '--json', '--config', file]);
    return (JSON.parse(stdout) as Check[]).filter(({ name }) => name === 'certificates');
  };
  expect((await examine()).map(({ state, mend }) => [state, mend])).toContainEqual([
    'fail',
    'slipway certs make',
  ]);

  await make('--user', USER);
  expect(await examine()).toEqual([
    { name: 'certificates', state: 'ok', message: expect.stringContaining('days'), mend: null, note: null },
  ]);

  await make('--renew', '--days', '20');
  fs.chmodSync(at('node.key'), 0o640);
  fs.rmSync(at(USER), { recursive: true });
  expect(await examine()).toEqual([
    expect.objectContaining({
      state: 'warn',
      message: expect.stringMatching(/node\.crt ends on .*, in (19|20) days/),
      mend: 'slipway certs make --renew',
    }),
    expect.objectContaining({ state: 'fail', mend: `chmod 0400 ${at('node.key')}` }),
    expect.objectContaining({ state: 'warn', mend: `slipway certs make --user ${USER}` }),
  ]);

  replace(at, { days: -1 });
  expect(await examine()).toContainEqual(
    expect.objectContaining({ state: 'fail', message: expect.stringContaining('ended on') }),
  );
});

/** Puts another certificate in the place of the nodes', of the same CA and key. Of -1 days: it ended yesterday. */
function replace(
  at: (name: string) => string,
  { days, hosts = [] }: { days: number; hosts?: readonly string[] },
): void {
  const folder = temporaryFolder();
  const made = (name: string) => path.join(folder, name);
  const run = (args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
  const names =
    hosts.length === 0 ? '' : `subjectAltName = ${hosts.map((name) => `DNS:${name}`).join(', ')}\n`;
  fs.writeFileSync(made('extensions'), names);
  run(['req', '-new', '-key', at('node.key'), '-subj', '/CN=slipway', '-out', made('request')]);
  run(
    signing({
      ca: { cert: at('ca.crt'), key: at('ca.key') },
      ...{ request: made('request'), extensions: made('extensions'), days, out: made('node.crt') },
    }),
  );
  fs.rmSync(at('node.crt'));
  fs.writeFileSync(at('node.crt'), read(made('node.crt')), { mode: 0o400 });
}
