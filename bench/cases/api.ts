import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { compileProgram } from '../../test/support/programs.ts';
import { end, ROOT, run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { startTiny } from '../peers.ts';
import type { Case } from '../workshop.ts';

const COPIES = 10;
const CONNECTIONS = 16;
const COMMAND = path.join(ROOT, 'bin/slipway');

export const api: Case = {
  title: 'The API over TCP',
  about:
    `The list of deployments and the status of ${COPIES} instances, asked for with a token over ${CONNECTIONS} connections ` +
    '(wrk), beside a bare node:http handler that sends the same bytes and does nothing else: no token, no role, no schema, no ' +
    'database. Requests a second, and the time in which 99 of 100 are answered.',
  async run({ folder, runs, quick, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const agent = await startTiny(folder, {
      program,
      args: [path.join(folder, 'starts.ns')],
      copies: COPIES,
    });
    cleanUp.defer(() => agent.stop());
    await agent.idle();
    const token = await createToken(agent.socket);
    const seconds = quick ? 2 : 8;
    const figures: Figure[] = [];
    const note = (work: string, of: string, unit: Figure['unit'], value: number) => {
      const known = figures.find((figure) => figure.work === work && figure.of === of);
      if (known) known.values.push(value);
      else figures.push({ work, of, unit, values: [value] });
    };
    for (const [what, resource] of [
      ['deployments', '/apps/tiny/deployments'],
      ['status', '/status'],
    ] as const) {
      const url = `${agent.url}/api/v1${resource}`;
      const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
      const file = path.join(folder, `${what}.json`);
      fs.writeFileSync(file, await answer.text());
      await using bare = await startBare(file);
      for (let round = 1; round <= runs; round++) {
        for (const [of, target] of [
          ['Slipway', url],
          ['bare node:http', bare.url],
        ] as const) {
          const { perSecond, p99Ms } = await load(target, { token, seconds });
          note(`${what}, requests a second`, of, 'requests', perSecond);
          note(`${what}, 99 of 100 within`, of, 'ms', p99Ms);
        }
        say(`${what}, run ${round} of ${runs}`);
      }
    }
    return figures;
  },
};

async function createToken(socket: string): Promise<string> {
  const output = await run(COMMAND, [
    ...['token', 'create', '--name', 'bench', '--role', 'viewer', '--json', '--socket', socket],
  ]);
  return (JSON.parse(output) as { token: string }).token;
}

async function startBare(file: string) {
  const child = spawn(process.execPath, [path.join(ROOT, 'bench/programs/answer.ts'), file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  return { url: `http://127.0.0.1:${port}/`, [Symbol.asyncDispose]: () => end(child) };
}

async function load(url: string, { token, seconds }: { token: string; seconds: number }) {
  const output = await run('wrk', [
    ...['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '--latency', '-H', `Authorization: Bearer ${token}`, url],
  ]);
  if (/Non-2xx|Socket errors/.test(output)) throw new Error(`not every request was answered:\n${output}`);
  const perSecond = Number(/Requests\/sec: +([\d.]+)/.exec(output)?.[1]);
  const [, p99 = '', unit = ''] = /99% +([\d.]+)(us|ms|s)\b/.exec(output) ?? [];
  return { perSecond, p99Ms: Number(p99) * { us: 0.001, ms: 1, s: 1000 }[unit as 'us' | 'ms' | 's'] };
}
