import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { Bucket } from '../../test/support/bucket.ts';
import { compileProgram } from '../../test/support/programs.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { ROOT, run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { pidsOf } from '../proc.ts';
import { type Slipway, startSlipway } from '../slipway.ts';
import type { Case } from '../workshop.ts';

const COPIES = 200;
const COMMAND = path.join(ROOT, 'bin/slipway');
/** Longer than `reset_after` below, so that every kill is a first one. */
const LIFE_MS = 300;

export const many: Case = {
  title: '200 instances of one app start and stop, and another app crashes meanwhile',
  about:
    'A tiny C program. While all of them are started, stopped and started again, `slipway status` is called without a ' +
    'pause, and the one instance of another app is killed several times a second: from just before kill(2) to the first ' +
    "instruction of its successor, and the agent's part of that: from when its holder left how it ended to when that of its " +
    'successor left its start. The 99th percentile counts.',
  async run({ folder, runs, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const other = path.join(folder, 'other.ns');
    const settings = {
      runtime: 'command',
      prove_after: '1s',
      restart: { delay: '0s', reset_after: '100ms' },
    };
    const ready = { alive: '10ms' };
    const agent = await startSlipway(folder, {
      ...{
        ...settings,
        name: 'many',
        replicas: COPIES,
        start: `${program} ${path.join(folder, 'many.ns')}`,
        ready,
      },
      others: [{ ...settings, name: 'other', replicas: 1, start: `${program} ${other}`, ready }],
    });
    cleanUp.defer(() => agent.stop());
    publish(new Bucket(agent.bucket.folder, 'other'));
    await waitFor('the other app to run', () => startsIn(other).length > 0);
    const figures: Record<string, Figure> = {};
    const note = (work: string, value: number, limit?: number) => {
      figures[work] ??= {
        work,
        of: 'Slipway',
        unit: 'ms',
        values: [],
        ...(limit === undefined ? {} : { limit }),
      };
      figures[work].values.push(value);
    };
    const said: { order: string; until: number }[] = [];
    const orders: [string, () => Promise<unknown>][] = [
      ['first start', () => deployed(agent)],
      ...Array.from({ length: runs }, (): [string, () => Promise<unknown>][] => [
        ['stop', () => run(COMMAND, ['stop', 'many', '--socket', agent.socket])],
        ['start', () => run(COMMAND, ['start', 'many', '--socket', agent.socket])],
      ]).flat(),
    ];
    for (const [order, carryOut] of orders) {
      const began = performance.now();
      let isDone = false;
      const done = carryOut().finally(() => {
        isDone = true;
      });
      const [calls, kills] = await Promise.all([
        repeat(
          () => isDone,
          () => timed(() => run(COMMAND, ['status', '--socket', agent.socket])),
        ),
        repeat(
          () => isDone,
          () => killed(program, other),
        ),
        done,
      ]);
      note(`${order} of all`, performance.now() - began);
      note(`longest \`slipway status\` meanwhile (${order})`, Math.max(...calls), 1000);
      note(`restart of the other app meanwhile (${order})`, percentile99(kills));
      said.push({ order, until: Date.now() });
      say(order);
    }
    for (const { order, delays } of agentsPart(path.join(path.dirname(agent.socket), 'slipway.db'), said))
      note(`the agent's part of that (${order})`, percentile99(delays), 50);
    return Object.values(figures);
  },
};

function publish(bucket: Bucket): void {
  bucket.putFiles('1.0.0', { README: 'The program is started where it was compiled.\n' });
  bucket.offer({ version: '1.0.0' });
}

async function deployed(agent: Slipway): Promise<void> {
  publish(agent.bucket);
  await agent.allReady(COPIES);
}

/** Measures at least once. */
async function repeat(isOver: () => boolean, measure: () => Promise<number>): Promise<number[]> {
  const values: number[] = [];
  do values.push(await measure());
  while (!isOver());
  return values;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

async function killed(program: string, file: string): Promise<number> {
  await sleep(LIFE_MS);
  const before = startsIn(file).length;
  const [pid] = pidsOf(program, file);
  if (pid === undefined) throw new Error('the other app does not run');
  const killedNs = process.hrtime.bigint();
  process.kill(pid, 'SIGKILL');
  const starts = await waitFor('its successor', () => {
    const now = startsIn(file);
    return now.length > before && now;
  });
  return Number(BigInt(starts[before] ?? 0) - killedNs) / 1e6;
}

/**
 * Milliseconds from an end to the next start for each order, of all that ended before `until` and after the order
 * before.
 */
function agentsPart(journalFile: string, orders: readonly { order: string; until: number }[]) {
  const database = new Database(journalFile, { readonly: true });
  const query =
    "SELECT id, started_at AS startedAt, ended_at AS endedAt FROM run WHERE name = 'other' ORDER BY started_at";
  const runs = database.prepare(query).all() as { id: string; startedAt: number; endedAt: number | null }[];
  database.close();
  return orders.map(({ order, until }, index) => {
    const from = orders[index - 1]?.until ?? 0;
    const delays = runs.flatMap(({ endedAt }, at) => {
      const next = runs[at + 1];
      if (endedAt === null || !next || endedAt < from || endedAt >= until) return [];
      const forkedAt = Number.parseInt(next.id.split('.').at(-1)?.slice(0, -2) ?? '', 36);
      return [(forkedAt > endedAt ? forkedAt : next.startedAt) - endedAt];
    });
    return { order, delays };
  });
}

function percentile99(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.ceil(values.length * 0.99) - 1] ?? Number.NaN;
}

function startsIn(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  return fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
}
