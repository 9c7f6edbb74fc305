import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { freePorts } from './free-port.ts';
import { selfSigned } from './haproxy.ts';
import { temporaryFolder } from './temporary.ts';
import { SELDOM, waitFor } from './wait-for.ts';

type CleanUp = (fn: () => void | Promise<void>) => void;

/** A real authority that speaks ACME, and the DNS that it believes, where all names lead to 127.0.0.1 unless told otherwise. */
export class Pebble {
  /** Where it looks by HTTP-01. */
  readonly httpPort: number;
  readonly directory: string;
  /** What its own certificate is checked against. */
  readonly ca: string;
  private readonly folder: string;
  private readonly ports: { acme: number; dns: number; management: number };
  private readonly cleanUp: CleanUp;
  private process: ChildProcess | null = null;

  private constructor(folder: string, firstPort: number, options: { httpPort: number; cleanUp: CleanUp }) {
    const [acme, dns, management] = [firstPort, firstPort + 1, firstPort + 2];
    this.ports = { acme, dns, management };
    this.folder = folder;
    this.cleanUp = options.cleanUp;
    this.httpPort = options.httpPort;
    this.directory = `https://localhost:${acme}/dir`;
    this.ca = path.join(folder, 'pebble.pem');
    fs.writeFileSync(this.ca, selfSigned('localhost', folder).pem);
  }

  /** `lifeS`: how long its certificates last. */
  static async start(options: { httpPort: number; lifeS?: number; cleanUp?: CleanUp }): Promise<Pebble> {
    const { cleanUp = onTestFinished, httpPort, lifeS = 90 * 86_400 } = options;
    const pebble = new Pebble(temporaryFolder(cleanUp), await freePorts(3, cleanUp), { httpPort, cleanUp });
    const { dns, management } = pebble.ports;
    pebble.startProcess('pebble-challtestsrv', [
      ...['-http01', '', '-https01', '', '-tlsalpn01', '', '-defaultIPv6', ''],
      ...['-dns01', `127.0.0.1:${dns}`, '-management', `127.0.0.1:${management}`],
    ]);
    await waitFor(
      'the DNS',
      async () => await pebble.tellDns('clear-txt', { host: 'no.test.' }).then(() => true),
      SELDOM,
    );
    await pebble.run(lifeS);
    return pebble;
  }

  /** Another one in its place knows nothing of the former one's accounts and orders. */
  async run(lifeS: number): Promise<void> {
    const { acme } = this.ports;
    const configuration = {
      listenAddress: `127.0.0.1:${acme}`,
      managementListenAddress: '',
      ...{ certificate: this.ca, privateKey: this.ca, httpPort: this.httpPort, tlsPort: 1 },
      ...{ ocspResponderURL: '', certificateValidityPeriod: lifeS },
    };
    const file = path.join(this.folder, 'pebble.json');
    fs.writeFileSync(file, JSON.stringify({ pebble: configuration }));
    this.process = this.startProcess('pebble', [
      '-config',
      file,
      '-dnsserver',
      `127.0.0.1:${this.ports.dns}`,
    ]);
    await waitFor('pebble', () => this.log().includes('ACME directory available'), SELDOM);
  }

  async stop(): Promise<void> {
    await end(this.process);
    fs.rmSync(this.logFile('pebble'));
  }

  /** What it has said: each request is a line. */
  log(): string {
    return fs.existsSync(this.logFile('pebble')) ? fs.readFileSync(this.logFile('pebble'), 'utf8') : '';
  }

  /** `add-a` with `{ host, addresses }`, `set-servfail` and `clear-servfail` with `{ host }`, and what else there is. */
  async tellDns(what: string, body: object): Promise<void> {
    const told = await fetch(`http://127.0.0.1:${this.ports.management}/${what}`, {
      ...{ method: 'POST', body: JSON.stringify(body) },
    });
    if (!told.ok) throw new Error(`${what}: ${told.status}`);
  }

  /** A program that sets and removes records there, as `dns` of the configuration wants one. It writes what it is told to `log`. */
  dnsProgram(log: string): string {
    const file = path.join(this.folder, 'set-txt');
    const url = `http://127.0.0.1:${this.ports.management}`;
    const text = `#!/bin/sh -e
echo "$1 $2 $3" >>${log}
echo "told $1"
case $1 in
  present) curl -sf -d "{\\"host\\":\\"$2.\\",\\"value\\":\\"$3\\"}" ${url}/set-txt ;;
  cleanup) curl -sf -d "{\\"host\\":\\"$2.\\"}" ${url}/clear-txt ;;
esac
`;
    fs.writeFileSync(file, text, { mode: 0o755 });
    return file;
  }

  private logFile(program: string): string {
    return path.join(this.folder, `${program}.log`);
  }

  private startProcess(program: string, args: string[]): ChildProcess {
    const log = fs.openSync(this.logFile(program), 'a');
    const child = spawn(program, args, {
      stdio: ['ignore', log, log],
      env: { ...process.env, PEBBLE_VA_NOSLEEP: '1' },
    });
    fs.closeSync(log);
    this.cleanUp(() => end(child));
    return child;
  }
}

async function end(child: ChildProcess | null): Promise<void> {
  if (child === null || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
}
