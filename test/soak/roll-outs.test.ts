import fs from 'node:fs';
import http from 'node:http';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { freePorts } from '../support/free-port.ts';
import { handshake, request, selfSigned } from '../support/haproxy.ts';
import { startLoad } from '../support/load.ts';
import { note } from '../support/notes.ts';
import { otpReleases } from '../support/otp-releases.ts';
import { compileProgram } from '../support/programs.ts';
import { SELDOM, waitFor } from '../support/wait-for.ts';
import { Workshop } from '../support/workshop.ts';

const [PLAIN, SAFE] = ['web.test', 'safe.test'];
const [PLAIN_CONNECTIONS, SAFE_CONNECTIONS] = [180, 20];
const [ROLL_OUTS, RESTARTS, BAD] = [20, 20, 5];
const IN_FLIGHT_MS = 20_000;
const PARTS = 20;
const PART_BYTES = 10_000;

/** Answers in two pieces with its version at both ends, counts what is sent, and speaks on an upgraded connection. */
const NODE_PROGRAM = `import fs from 'node:fs';
import http from 'node:http';
if (fs.existsSync('bad')) process.exit(1);
const version = fs.readFileSync('version', 'utf8');
const server = http.createServer((request, response) => {
  let bytes = 0;
  request.on('data', (part) => (bytes += part.length));
  request.on('end', () => {
    response.write(version + (bytes > 0 ? ' got ' + bytes : ' node'));
    setTimeout(() => response.end(' ' + version), 3);
  });
});
server.on('upgrade', (request, socket) => {
  socket.on('error', () => undefined).on('end', () => socket.end());
  socket.write('HTTP/1.1 101 Switching Protocols\\r\\nconnection: upgrade\\r\\nupgrade: websocket\\r\\nsec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\\r\\n\\r\\n');
  socket.on('data', (text) => socket.write(version + ' ' + text + '\\n'));
});
server.listen(Number(process.env.PORT), '127.0.0.1');
`;

interface Kind {
  requestsPerS: number;
  name: string;
  app: Record<string, unknown>;
  /** Puts a version into the bucket; the one before it may come again. */
  put(workshop: Workshop, version: string, options: { isBad: boolean }): void;
  versionOf(roll: number): string;
  judge(body: string): string;
  /** What takes its time while it is replaced, and whether it ended well. */
  inFlight(port: number, version: string): Promise<string>[];
}

function kindOf(name: string): Kind {
  return name === 'BEAM' ? beam() : name === 'Node' ? node() : plain();
}

/** The same version at both ends. */
function judgeEnds(body: string): string {
  const words = body.split(' ');
  const [first = '', last = ''] = [words[0], words.at(-1)];
  if (first === '' || first !== last) throw new Error(`mixed: ${body}`);
  return first;
}

const common = {
  name: 'web',
  versionOf: (roll: number) => `1.0.${roll}`,
  judge: judgeEnds,
};

function node(): Kind {
  return {
    ...common,
    requestsPerS: 2000,
    app: {},
    put: (workshop, version, { isBad }) =>
      workshop.bucket.putFiles(version, {
        'server.js': NODE_PROGRAM,
        'package.json': '{"type":"module"}',
        version,
        ...(isBad ? { bad: '' } : {}),
      }),
    inFlight: (port, version) => [upload(port, version), socket(port, version)],
  };
}

function plain(): Kind {
  return {
    ...common,
    requestsPerS: 2000,
    app: { start: './plain-server' },
    put(workshop, version, { isBad }) {
      const program = path.join(workshop.folder, 'plain-server');
      if (!fs.existsSync(program)) compileProgram('plain-server', workshop.folder);
      const files = { 'plain-server': fs.readFileSync(program), version };
      workshop.bucket.putFiles(version, { ...files, ...(isBad ? { bad: '' } : {}) });
    },
    inFlight: (port, version) => [upload(port, version)],
  };
}

function beam(): Kind {
  const releases = otpReleases();
  return {
    name: 'demo_app',
    requestsPerS: 1000,
    app: { runtime: 'elixir', start: undefined },
    versionOf: (roll) => `0.1.${roll % 2}`,
    put(workshop, version, { isBad }) {
      if (isBad) workshop.bucket.putFiles(version, { 'bin/demo_app': '#!/bin/sh\nexit 1\n' });
      else workshop.bucket.put(version, releases.elixir(version));
    },
    judge(body) {
      const { version, code } = JSON.parse(body);
      if (typeof version !== 'string' || version !== code) throw new Error(`mixed: ${body}`);
      return version;
    },
    inFlight: (port, version) => [slow(port, version)],
  };
}

/** 200 KB in twenty seconds. */
function upload(port: number, version: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { host: PLAIN, 'content-length': PARTS * PART_BYTES };
  const sent = http.request({ host: '127.0.0.1', port, method: 'POST', agent: false, headers });
  sent.once('error', reject).once('response', (response) => {
    let body = '';
    response.setEncoding('utf8').on('data', (part) => {
      body += part;
    });
    response.once('error', reject).once('end', () => {
      if (body === `${version} got ${PARTS * PART_BYTES} ${version}`) resolve('upload');
      else reject(new Error(`the upload was answered with ${response.statusCode} ${body}`));
    });
  });
  let left = PARTS;
  const timer = setInterval(() => {
    sent.write(Buffer.alloc(PART_BYTES));
    if (--left > 0) return;
    clearInterval(timer);
    sent.end();
  }, IN_FLIGHT_MS / PARTS);
  return promise;
}

/** Words that are answered by the same version for twenty seconds; then it is ended from here. */
function socket(port: number, version: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const connection = net.connect(port, '127.0.0.1');
  let received = '';
  let said = 0;
  connection.write(
    `GET /socket HTTP/1.1\r\nhost: ${PLAIN}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
  );
  connection.setEncoding('utf8').on('data', (text) => {
    received += text;
  });
  const timer = setInterval(() => connection.write(`${++said}`), 500);
  const end = setTimeout(() => {
    clearInterval(timer);
    const words = received
      .slice(received.indexOf('\r\n\r\n') + 4)
      .trim()
      .split('\n');
    const wrong = words.filter((word, index) => word !== `${version} ${index + 1}`);
    connection.destroy();
    if (wrong.length === 0 && words.length >= said - 1) resolve('WebSocket');
    else reject(new Error(`the WebSocket heard ${received.slice(-500)}`));
  }, IN_FLIGHT_MS);
  connection.once('close', () => {
    clearInterval(timer);
    clearTimeout(end);
    reject(new Error(`the WebSocket was cut after ${said} words`));
  });
  connection.once('error', reject);
  return promise;
}

async function slow(port: number, version: string): Promise<string> {
  const { status, body } = await request(port, PLAIN, { path: `/slow?ms=${IN_FLIGHT_MS}` });
  expect([status, JSON.parse(body)]).toEqual([200, { slept: IN_FLIGHT_MS, code: version }]);
  return 'request of 20 s';
}

test.each(['Node', 'plain', 'BEAM'].flatMap((name) => [1, 3].map((replicas) => ({ name, replicas }))))(
  '$name, $replicas of it: replaced, restarted and taken back under load, no request fails',
  async ({ name, replicas }) => {
    const kind = kindOf(name);
    const web = await freePorts(2);
    const spare_port = await freePorts(replicas);
    const workshop = await Workshop.make({
      name: kind.name,
      replicas,
      app: {
        ...{ domains: [PLAIN, SAFE], time_out: '60s', restart: { max_delay: '100ms' }, keep: 3 },
        roll_out: { strategy: 'overlap', drain: '30s', spare_port },
        ...kind.app,
      },
    });
    const certificate = path.join(workshop.folder, 'safe.pem');
    fs.writeFileSync(certificate, selfSigned(SAFE).pem);
    workshop.host = {
      proxy: { http: `127.0.0.1:${web}`, https: `127.0.0.1:${web + 1}`, certificates: [certificate] },
    };
    workshop.configure({});
    const offer = (version: string, isBad = false) => {
      kind.put(workshop, version, { isBad });
      workshop.bucket.offer({ version, hash: 'local' });
    };
    offer(kind.versionOf(0));
    await workshop.start();
    await workshop.untilDeployed(kind.versionOf(0));
    const client = await workshop.client();
    await waitFor('the proxy', async () => (await request(web, PLAIN)).status === 200, SELDOM);
    const share = PLAIN_CONNECTIONS / (PLAIN_CONNECTIONS + SAFE_CONNECTIONS);
    const loads = [
      { port: web, host: PLAIN, connections: PLAIN_CONNECTIONS, requestsPerS: kind.requestsPerS * share },
      {
        ...{ port: web + 1, host: SAFE, connections: SAFE_CONNECTIONS, tls: true },
        requestsPerS: kind.requestsPerS * (1 - share),
      },
    ].map((load) => startLoad({ ...load, judge: kind.judge }));
    const failures = () => loads.flatMap(({ result }) => result.failures);
    const answered = () => loads.reduce((sum, { result }) => sum + result.answered, 0);
    /** So many that each connection has asked several times. */
    const more = async (what: string) => {
      const before = answered();
      await waitFor(what, () => answered() >= before + 2000, SELDOM);
    };
    const stage = (what: string) => expect(failures(), `up to: ${what}`).toEqual([]);

    const inFlight = Promise.all(kind.inFlight(web, kind.versionOf(0)));
    inFlight.catch(() => undefined);
    await more('what begins before the first roll-out');
    for (let roll = 1; roll <= ROLL_OUTS; roll++) {
      offer(kind.versionOf(roll));
      await workshop.untilDeployed(kind.versionOf(roll));
      stage(`roll-out ${roll}`);
    }
    const endedWell = await inFlight;
    for (let restart = 1; restart <= RESTARTS; restart++) {
      await client.restart({ app: kind.name });
      stage(`restart ${restart}`);
    }
    for (let bad = 1; bad <= BAD; bad++) {
      offer(`9.9.${bad}`, true);
      await workshop.untilDeployed(`9.9.${bad}`, 'rolled_back');
      stage(`bad release ${bad}`);
    }
    const restarted = (await workshop.app()).instances.map(({ restarts }) => restarts.forced);
    workshop.configure({ env: { COLOUR: 'blue' } });
    await client.applyConfiguration({});
    await waitFor('the new environment', async () => {
      const { state, instances } = await workshop.app();
      return (
        state === 'running' && instances.every(({ restarts }, i) => restarts.forced > (restarted[i] ?? 0))
      );
    });
    stage('a change of the configuration');
    workshop.configure({ compress: true });
    await client.applyConfiguration({});
    expect(fs.readFileSync(path.join(workshop.data, 'proxy/haproxy.cfg'), 'utf8')).toContain(
      'compression algo',
    );
    stage('a reload of HAProxy');
    const renewed = selfSigned(SAFE);
    fs.writeFileSync(certificate, renewed.pem);
    await client.applyConfiguration({});
    await waitFor(
      'the new certificate',
      async () => (await handshake(web + 1, SAFE)) === renewed.digest,
      SELDOM,
    );
    await more('requests by the new certificate');
    const results = await Promise.all(loads.map(({ end }) => end()));
    const total = (of: 'answered' | 'failed') => results.reduce((sum, result) => sum + result[of], 0);
    const seconds = Math.max(...results.map(({ lastedMs }) => lastedMs)) / 1000;
    note(
      `${name}, ${replicas} of it: answered, failed; a second; lasted; ended well meanwhile`,
      `${total('answered')}, ${total('failed')}; ${Math.round(total('answered') / seconds)}; ${Math.round(seconds)} s; ${endedWell.join(', ')}`,
    );
    if (name === 'Node' && replicas === 1)
      note('processors, load of the machine', `${os.availableParallelism()}, ${os.loadavg()[0]?.toFixed(1)}`);
    stage('the end');
    expect(total('failed')).toBe(0);
    expect((await workshop.app()).state).toBe('running');
  },
);
