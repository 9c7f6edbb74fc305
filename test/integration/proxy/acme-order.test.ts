import { createPrivateKey, X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { AcmeFolder, attempt, dnsCommand, dueAt, type Prover } from '../../../src/acme/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { Pebble } from '../../support/pebble.ts';
import { temporaryFolder } from '../../support/temporary.ts';

let pebble: Pebble;
/** What the host answers to the authority, by path. */
const answers = new Map<string, string>();

setUpAll(async (cleanUp) => {
  const server = http.createServer((request, response) => {
    const content = answers.get(request.url ?? '');
    response.writeHead(content === undefined ? 404 : 200).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUp(() => void server.close());
  pebble = await Pebble.start({ httpPort: (server.address() as AddressInfo).port, cleanUp });
});

const httpProver: Prover = {
  kind: 'http-01',
  async present(challenges) {
    for (const { token, content } of challenges) answers.set(`/.well-known/acme-challenge/${token}`, content);
  },
  cleanUp: async () => answers.clear(),
};

/** A host that asks for certificates; whoever asks in it next knows what is in its folder, and nothing else. */
function host(prover: Prover = httpProver) {
  const directory = path.join(temporaryFolder(), 'acme');
  const authority = {
    email: 'ops@example.com',
    authorities: fs.readFileSync(pebble.ca, 'utf8'),
  };
  return {
    directory,
    ask: async (names: string[], onStep?: (step: string) => void, of = pebble.directory) =>
      await attempt({
        ...{ folder: new AcmeFolder(directory), group: { id: 'web', names }, prover, onStep },
        authority: { ...authority, directory: of },
        ...{ clock: systemClock, random: () => 0, signal: new AbortController().signal },
      }),
    due: (names: string[], of = pebble.directory) => {
      const folder = new AcmeFolder(directory);
      const [certificate, record] = [folder.certificate('web'), folder.record('web')];
      const standing = { group: { id: 'web', names }, directory: of, certificate, record };
      return dueAt(standing, Date.now()) <= Date.now();
    },
    record: () => new AcmeFolder(directory).record('web'),
    /** Throws unless the key is that of the certificate. */
    names: () => {
      const pem = fs.readFileSync(path.join(directory, 'web.pem'), 'utf8');
      const certificate = new X509Certificate(pem);
      expect(certificate.checkPrivateKey(createPrivateKey(pem))).toBe(true);
      return new AcmeFolder(directory).certificate('web')?.names.toSorted();
    },
  };
}

const orders = () => pebble.log().match(/Added order /g)?.length ?? 0;

test('one certificate for all names; what is kept is for nobody else to read', async () => {
  const names = ['one.test', 'two.test', 'three.test'];
  const { ask, names: found, directory, due } = host();
  expect(due(names)).toBe(true);
  expect(await ask(names)).toEqual({ certificate: true, failure: null });
  expect(found()).toEqual(names.toSorted());
  expect(due(names)).toBe(false);
  expect(answers.size).toBe(0);
  const files = fs.readdirSync(directory);
  expect(files.toSorted()).toEqual([expect.stringMatching(/^account-.*\.key$/), 'web.json', 'web.pem']);
  for (const file of files) expect(fs.statSync(path.join(directory, file)).mode & 0o777).toBe(0o600);
  expect(fs.statSync(directory).mode & 0o777).toBe(0o700);
});

test('whatever step the agent ends at, the next one gets a whole pair by the same order', async () => {
  class Death extends Error {}
  const steps = ['begin', 'order', 'opened', 'certificate', 'written', 'end'];
  const seen: string[] = [];
  for (const step of steps) {
    const { ask, names, record, due } = host();
    const before = orders();
    const dying = ask(['kill.test'], (at) => {
      if (!seen.includes(at)) seen.push(at);
      if (at === step) throw new Death();
    });
    await expect(dying).rejects.toThrow(Death);
    if (step === 'end') expect(names()).toEqual(['kill.test']);
    expect(record().failures).toBe(['begin', 'end'].includes(step) ? 0 : 1);
    expect(due(['kill.test'])).toBe(step !== 'end');
    expect(await ask(['kill.test'])).toEqual({ certificate: true, failure: null });
    expect(names()).toEqual(['kill.test']);
    expect(record()).toMatchObject({ failures: 0, failure: null, order: null });
    // Once the order was there nobody orders a second time; at the very end the first one is over.
    expect(orders() - before).toBe(step === 'end' ? 2 : 1);
  }
  expect(seen).toEqual(steps);
});

test('an order that the authority has forgotten is begun anew', async () => {
  const { ask, names, directory, record } = host();
  await ask(['gone.test'], (at) => {
    if (at === 'opened') throw new Error('the agent ends');
  }).catch(() => undefined);
  const file = path.join(directory, 'web.json');
  const { url } = record().order ?? {};
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(url ?? '-', `${url}x`));
  expect(await ask(['gone.test'])).toEqual({ certificate: true, failure: null });
  expect(names()).toEqual(['gone.test']);
});

test('a name that leads nowhere keeps no other from its certificate, and is asked for later', async () => {
  await pebble.tellDns('set-servfail', { host: 'lost.test' });
  const names = ['found.test', 'lost.test'];
  const { ask, names: found, due, record } = host();
  const { certificate, failure } = await ask(names);
  expect(certificate).toBe(true);
  expect(failure).toMatch(/could not satisfy itself of lost\.test: /);
  expect(found()).toEqual(['found.test']);
  expect(due(names)).toBe(false);
  expect(record()).toMatchObject({ failures: 1, failure: { kind: 'refused', failed: ['lost.test'] } });
  // Asked again, it costs the others nothing: they have theirs.
  const before = orders();
  expect(await ask(names)).toMatchObject({ certificate: false });
  expect(orders() - before).toBe(1);
  expect(record().failures).toBe(2);
  await pebble.tellDns('clear-servfail', { host: 'lost.test' });
  expect(await ask(names)).toEqual({ certificate: true, failure: null });
  expect(found()).toEqual(names);
});

test('wildcards are proven by the command, which takes away what it has set', async () => {
  const log = path.join(temporaryFolder(), 'told');
  const lines: string[] = [];
  const program = pebble.dnsProgram(log);
  const say = (line: string) => lines.push(line);
  const { ask, names } = host(dnsCommand({ argv: [program], account: async () => null, say }));
  expect(await ask(['*.wild.test', 'wild.test', 'plain.test'])).toEqual({ certificate: true, failure: null });
  expect(names()).toEqual(['*.wild.test', 'plain.test', 'wild.test']);
  const told = fs.readFileSync(log, 'utf8').trim().split('\n');
  const [deeds, records] = [0, 1].map((column) => told.map((line) => line.split(' ')[column]));
  expect(deeds).toEqual([...Array(3).fill('present'), ...Array(3).fill('cleanup')]);
  // Of a name and of all that is below it there are two records of one name.
  expect(records?.slice(0, 3).toSorted()).toEqual([
    '_acme-challenge.plain.test',
    '_acme-challenge.wild.test',
    '_acme-challenge.wild.test',
  ]);
  expect(told.slice(3).map((line) => line.replace('cleanup', 'present'))).toEqual(told.slice(0, 3));
  expect(lines).toContain('told present');

  // Root runs nothing that others could have put there.
  fs.chmodSync(program, 0o777);
  const refused = await ask(['other.test']);
  expect(refused.failure).toContain('everybody may write to');
  fs.chmodSync(program, 0o755);
  fs.writeFileSync(program, '#!/bin/sh\necho no such zone >&2; exit 3');
  expect((await ask(['other.test'])).failure).toContain('no such zone');
});

test('the command may run as another user', async () => {
  const lines: string[] = [];
  const prover = dnsCommand({
    argv: ['/bin/sh', '-c', 'id -u; id -G; env; echo "$1 $2"', 'dns'],
    account: async () => ({ uid: 65_534, gid: 65_534 }),
    say: (line) => lines.push(line),
  });
  const challenge = { name: 'user.test', token: 't', content: 'c' };
  await prover.present([challenge], new AbortController().signal);
  expect(lines.slice(0, 2)).toEqual(['65534', '65534']);
  expect(lines.at(-1)).toBe('present _acme-challenge.user.test');
  expect(lines.filter((line) => line.startsWith('HOME='))).toEqual([]);
});

test('an authority that wants to be asked less is, and one that answers anything breaks nothing', async () => {
  const { ask, record, names, due } = host();
  const answer = { status: 429, headers: { 'retry-after': '7200' } as Record<string, string>, text: '{}' };
  const pem = fs.readFileSync(pebble.ca);
  const server = https.createServer({ key: pem, cert: pem }, (request, response) => {
    const at = `https://localhost:${(server.address() as AddressInfo).port}`;
    const resources = { newNonce: `${at}/nonce`, newAccount: `${at}/account`, newOrder: `${at}/order` };
    if (request.url === '/dir') response.end(JSON.stringify(resources));
    else if (request.url === '/nonce') response.writeHead(200, { 'replay-nonce': 'n' }).end();
    else response.writeHead(answer.status, answer.headers).end(answer.text);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const directory = `https://localhost:${(server.address() as AddressInfo).port}/dir`;
  const before = Date.now();
  expect((await ask(['busy.test'], undefined, directory)).failure).toMatch(/^the authority says 429: /);
  expect(record().failure).toMatchObject({ kind: 'limited', directory });
  expect(record().failure?.nextMs).toBeGreaterThanOrEqual(before + 7_200_000);
  expect(due(['busy.test', 'other.test'], directory)).toBe(false);
  const location = { location: 'https://localhost:1/account' };
  for (const text of ['', '[]', 'null', '{"status":7}', '{"status":"valid"}', `"${'x'.repeat(2_000_000)}"`]) {
    Object.assign(answer, { status: 201, headers: location, text });
    const { certificate, failure } = await ask(['busy.test'], undefined, directory);
    expect([certificate, failure?.length]).toEqual([false, expect.any(Number)]);
  }
  expect(names).toThrow('ENOENT');
});

test('an authority that cannot be reached is asked again soon, by the order that was begun', async () => {
  const { ask, names, record } = host();
  await pebble.stop();
  const { failure } = await ask(['down.test']);
  expect(failure).toMatch(/the authority cannot be reached: .*ECONNREFUSED/);
  expect(record()).toMatchObject({ failures: 1, failure: { kind: 'unreachable' } });
  const key = record().order?.key;
  expect(key).toContain('PRIVATE KEY');
  // Another authority in its place knows neither the account nor any order.
  await pebble.run(86_400);
  expect(await ask(['down.test'])).toEqual({ certificate: true, failure: null });
  expect(names()).toEqual(['down.test']);
});
