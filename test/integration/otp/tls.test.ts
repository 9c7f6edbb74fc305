import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import {
  Connection,
  isMutual,
  type Link,
  type LinkOptions,
  lookUp,
  openLink,
  type Registration,
  type TlsOptions,
} from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { type Certificates, makeCertificates } from '../../support/certificates.ts';
import { untilSeen } from '../../support/erlang-connection.ts';
import {
  type Epmd,
  type ErlangNode,
  SHORT_HOST,
  startEpmd,
  startErlangNode,
} from '../../support/erlang-node.ts';
import { freePorts } from '../../support/free-port.ts';
import type { Identity } from '../../support/signing.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

const TIMEOUT_MS = 60_000;

let certificates: Certificates;
let epmd: Epmd;
setUpAll(async (cleanUp) => {
  epmd = await startEpmd(cleanUp);
  certificates = await makeCertificates(temporaryFolder(cleanUp));
});

describe.each(['1.2', '1.3'] as const)('a link over TLS %s', (version) => {
  /** Wants a certificate of whoever connects. */
  let strict: ErlangNode;
  /** Asks for one, and lets in who has none: the guide's inet_tls.conf. */
  let lenient: ErlangNode;
  setUpAll(async (cleanUp) => {
    const start = (isMutual: boolean) =>
      startErlangNode({ epmd, tls: certificates.optionsFile({ isMutual, version }), cleanUp });
    [strict, lenient] = await Promise.all([start(true), start(false)]);
  });

  it('comes about with certificates of one authority', async () => {
    const link = await open(strict, ours());
    await untilSeen(strict, link.local);
    const heard = collect(link);
    await strict.evaluate(`{nobody, '${link.local}'} ! <<1:800000>>, ok`);
    await waitFor('the message', () => (heard[0]?.length ?? 0) > 100_000);
  });

  it('is mutual where the node wants a certificate, and to know that leaves no word in its log', async () => {
    for (const node of [strict, lenient]) {
      await untilQuiet(node);
      const before = node.output();
      for (let i = 0; i < 3; i++) {
        const connection = await Connection.open({
          ...{
            local: `us${randomBytes(6).toString('hex')}@${SHORT_HOST}`,
            peer: node.name,
            cookie: node.cookie,
          },
          ...{ tls: ours(), epmdPort: epmd.port, timeoutMs: TIMEOUT_MS },
        });
        expect(await isMutual((...call) => connection.rpc(...call))).toBe(node === strict);
        connection.close();
        await connection.closed;
      }
      await untilQuiet(node);
      expect(node.output()).toBe(before);
    }
  });

  it('is refused with a certificate of another authority', async () => {
    expect(await failureOf(open(strict, ours(certificates.rogue)))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining(
        `${strict.name} refused our certificate: it does not know who signed it`,
      ),
      next: expect.stringContaining(certificates.rogue.cert),
    });
  });

  it('is refused with an expired certificate', async () => {
    expect(await failureOf(open(strict, ours(certificates.expired)))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining(`${strict.name} refused our certificate: it is expired`),
    });
  });

  it("is refused by us where another authority than ours signed the node's certificate", async () => {
    expect(await failureOf(open(strict, { ...ours(), ca: certificates.rogueCa }))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining(`the certificate of ${strict.name} is not signed by the authority`),
    });
    await untilQuiet(strict);
    expect(strict.output()).not.toContain('Invalid challenge reply');
  });

  it('takes any certificate that the authority signed, whichever host it is for', async () => {
    const elsewhere = await start({ isMutual: true, version, identity: certificates.otherHost });
    expect((await open(elsewhere, ours())).peer.name).toBe(elsewhere.name);
  });

  it("is refused by us where the node's certificate is expired", async () => {
    const old = await start({ isMutual: true, version, identity: certificates.expired });
    expect(await failureOf(open(old, ours()))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining(`the certificate of ${old.name} is expired`),
    });
  });

  it('is refused with a wrong cookie as one without TLS is', async () => {
    expect(await failureOf(open(strict, ours(), { cookie: 'another' }))).toMatchObject({
      code: 'otp_cookie',
    });
  });

  it('is told apart from plain words, which the node refuses at once', async () => {
    expect(await failureOf(open(strict, null))).toMatchObject({
      code: 'otp_tls',
      message: `${strict.name} runs its distribution over TLS, and we spoke plain`,
    });
  });

  it('comes about again under the same name', async () => {
    const former = await open(strict, ours());
    former.onFrame(() => {});
    await untilSeen(strict, former.local);
    const link = await open(strict, ours(), { local: { name: former.local, creation: 2 } });
    expect(await former.closed).toMatchObject({ error: { code: 'otp_disconnected' } });
    await untilSeen(strict, link.local);
  });
});

it('a link is refused by us with the certificate of a stranger whatever our environment says', async () => {
  const node = await start({ isMutual: true });
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  expect(await failureOf(open(node, { ...ours(), ca: certificates.rogueCa }))).toMatchObject({
    code: 'otp_tls',
    message: expect.stringContaining('is not signed by the authority'),
  });
});

describe('TLS asked for', () => {
  it('of a plain node, which stays silent, is found out without waiting for the time-out', async () => {
    const plain = await startErlangNode({ epmd });
    expect(await failureOf(open(plain, ours()))).toMatchObject({
      code: 'otp_tls',
      message: `${plain.name} runs its distribution without TLS, and TLS is asked for`,
    });
    expect(await plain.evaluate('nodes(hidden)')).toBe('[]');
    expect(plain.output()).toBe('');
  });

  it('of something that answers in another protocol is found out at once', async () => {
    const plain = await startErlangNode({ epmd });
    const port = await elsewhere((socket) => socket.write('220 mail.example ESMTP\r\n'));
    expect(await failureOf(open(plain, ours(), { epmdPort: port }))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining('without TLS'),
    });
  });

  it('of something that hangs up says so', async () => {
    const plain = await startErlangNode({ epmd });
    const port = await elsewhere((socket) => socket.end());
    expect(await failureOf(open(plain, ours(), { epmdPort: port }))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining('in the middle of the TLS handshake'),
    });
  });

  it('of a node that hangs is given up in time, and the stage is named', async () => {
    const hung = await start({ isMutual: true });
    const { port } = await whereIs(hung);
    await hung.stop();
    const heard = Promise.withResolvers<void>();
    const epmdPort = await elsewhere((socket) =>
      socket.once('data', (first) => {
        relay(socket, { port, first });
        heard.resolve();
      }),
    );
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    onTestFinished(() => void vi.useRealTimers());
    const failure = failureOf(open(hung, ours(), { epmdPort, timeoutMs: 3000 }));
    await Promise.race([heard.promise, failure]);
    vi.advanceTimersByTime(3000);
    expect(await failure).toMatchObject({
      code: 'otp_timeout',
      message: expect.stringContaining(`waited in vain for ${hung.name} to answer the TLS handshake`),
    });
  });

  it('with files that are not there, or are none, names them', async () => {
    const node = await start({ isMutual: true });
    const missing = path.join(temporaryFolder(), 'missing.crt');
    expect(await failureOf(open(node, { ...ours(), cert: missing }))).toMatchObject({
      code: 'otp_tls',
      message: `${missing} cannot be read (ENOENT)`,
    });
    fs.writeFileSync(missing, 'no certificate');
    expect(await failureOf(open(node, { ...ours(), cert: missing }))).toMatchObject({
      code: 'otp_tls',
      message: expect.stringContaining('the certificates for TLS cannot be used'),
    });
    expect(await failureOf(open(node, { ...ours(), key: certificates.rogue.key }))).toMatchObject({
      code: 'otp_tls',
      hint: expect.stringContaining('the key must be that of the certificate'),
    });
  });

  it('reads the files anew for each link, so that renewed certificates count', async () => {
    const node = await start({ isMutual: true });
    const folder = temporaryFolder();
    const renewed = { cert: path.join(folder, 'our.crt'), key: path.join(folder, 'our.key') };
    const install = ({ cert, key }: Identity) => {
      fs.copyFileSync(cert, renewed.cert);
      fs.copyFileSync(key, renewed.key);
    };
    install(certificates.expired);
    expect(await failureOf(open(node, ours(renewed)))).toMatchObject({ code: 'otp_tls' });
    install(certificates.node);
    expect((await open(node, ours(renewed))).peer.name).toBe(node.name);
  });
});

const ours = (identity: Identity = certificates.node): TlsOptions => ({ ca: certificates.ca, ...identity });

function start(options: Parameters<Certificates['optionsFile']>[0]): Promise<ErlangNode> {
  return startErlangNode({ epmd, tls: certificates.optionsFile(options) });
}

function whereIs(node: ErlangNode): Promise<Registration> {
  return lookUp({ name: node.alive, host: SHORT_HOST, port: epmd.port, timeoutMs: TIMEOUT_MS });
}

/** A link under a name of its own, closed with the test. */
async function open(
  node: ErlangNode,
  tls: TlsOptions | null,
  options: Partial<LinkOptions> = {},
): Promise<Link & { local: string }> {
  const local = { name: `us${randomBytes(6).toString('hex')}@${SHORT_HOST}`, creation: 1 };
  const all = {
    local,
    peer: node.name,
    cookie: node.cookie,
    tls,
    epmdPort: epmd.port,
    timeoutMs: TIMEOUT_MS,
    ...options,
  };
  const link = await openLink(all);
  onTestFinished(() => link.close());
  return Object.assign(link, { local: all.local.name });
}

function collect(link: Link): Uint8Array[] {
  const frames: Uint8Array[] = [];
  link.onFrame((frame) => frames.push(frame));
  return frames;
}

async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    () => 'it came about',
    (error) => error,
  );
}

/** Until nothing of connections that are over is left in the node, and what it has to say of them is written. */
async function untilQuiet(node: ErlangNode): Promise<void> {
  await waitFor('the connections to the node to end', async () => {
    const counts = await node.evaluate('supervisor:count_children(tls_dist_connection_sup)');
    return counts.includes('{active,0}');
  });
  await node.evaluate('logger_std_h:filesync(default)');
}

/** Between a socket, of which the first words are read already, and a node. */
function relay(socket: net.Socket, { port, first }: { port: number; first: Buffer }): void {
  const upstream = net.connect(port, SHORT_HOST).on('error', () => {});
  upstream.write(first);
  socket.pipe(upstream).pipe(socket);
}

/** An epmd that sends everyone to a listener of ours; the result is its port. */
async function elsewhere(onConnection: (socket: net.Socket) => void): Promise<number> {
  const [port, epmdPort] = [await freePorts(1), await freePorts(1)];
  const answer = Buffer.from('770000004d00000600050001610000', 'hex');
  answer.writeUInt16BE(port, 2);
  await listen(port, onConnection);
  await listen(epmdPort, (socket) => void socket.once('data', () => socket.end(answer)));
  return epmdPort;
}

async function listen(port: number, onConnection: (socket: net.Socket) => void): Promise<void> {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket.on('error', () => {}));
    onConnection(socket);
  });
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  server.listen(port);
  await once(server, 'listening');
}
