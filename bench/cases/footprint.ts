import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileProgram } from '../../test/support/programs.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Figure, median } from '../figures.ts';
import { bareNode, pm2, slipway, supervisord } from '../peers.ts';
import { cpuMs, memoryOf, pidsAround, pidsOf } from '../proc.ts';
import type { Case } from '../workshop.ts';

const CONTENDERS = [slipway, pm2, supervisord, bareNode];
const COPIES = [1, 10, 50];
const SETTLE_MS = 5_000;
/** Garbage of a start is collected in the half minute after it. */
const IDLE_AFTER_MS = 30_000;

export const footprint: Case = {
  title: 'Memory and processor time of the supervisor',
  about:
    'Idle copies of a tiny C program, under all supervisors at the same time. Memory of the watching process alone, from ' +
    'smaps_rollup: resident, and its own (private) part; holders, which stand between it and its programs, on a line of ' +
    'their own. Processor time of all its threads, from schedstat, over one minute in which nothing happens, half a minute after the start.',
  async run({ folder, runs, quick, say }) {
    const program = compileProgram('clock', folder);
    const figures = new Map<string, Figure>();
    const add = (work: string, of: string, unit: Figure['unit'], value: number) => {
      const figure = figures.get(`${work} ${of}`) ?? { work, of, unit, values: [] };
      figure.values.push(value);
      figures.set(`${work} ${of}`, figure);
    };
    for (let round = 1; round <= runs; round++)
      for (const copies of COPIES) {
        const place = path.join(folder, `${round}-${copies}`);
        await using crowd = await startAll(place, program, copies);
        await sleep(SETTLE_MS);
        for (const { name, pid, file } of crowd.watchers) {
          add(`resident memory, ${copies} instances`, name, 'MB', memoryOf(pid).residentMb);
          add(`own memory, ${copies} instances`, name, 'MB', memoryOf(pid).ownMb);
          const heldMb = pidsAround(program, file).reduce((sum, holder) => sum + memoryOf(holder).ownMb, 0);
          if (heldMb > 0) add(`own memory, ${copies} instances`, `${name}'s holders`, 'MB', heldMb);
        }
        if (copies === COPIES.at(-1)) {
          const seconds = quick ? 10 : 60;
          await sleep(IDLE_AFTER_MS);
          const before = crowd.watchers.map(({ pid }) => cpuMs(pid));
          await sleep(seconds * 1000);
          for (const [i, { name, pid }] of crowd.watchers.entries())
            add(
              `processor time, ${seconds} s idle, ${copies} instances`,
              name,
              'ms',
              cpuMs(pid) - (before[i] ?? 0),
            );
        }
        say(`run ${round} of ${runs}, ${copies} copies`);
      }
    limitBy([...figures.values()].filter(({ unit }) => unit === 'ms'));
    return [...figures.values()].toSorted((a, b) => a.work.localeCompare(b.work));
  },
};

async function startAll(folder: string, program: string, copies: number) {
  fs.mkdirSync(folder);
  const stack = new AsyncDisposableStack();
  const watchers: { name: string; pid: number; file: string }[] = [];
  try {
    for (const { name, start } of CONTENDERS) {
      const file = path.join(folder, `${name.replaceAll(' ', '-')}.ns`);
      const supervisor = await start(folder, { program, args: [file], copies });
      stack.defer(() => supervisor.stop());
      await waitFor(`${copies} copies`, () => pidsOf(program, file).length === copies);
      watchers.push({ name, pid: supervisor.pid, file });
    }
  } catch (error) {
    await stack.disposeAsync();
    throw error;
  }
  return { watchers, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

/** The project's own limit: no more than PM2. */
function limitBy(figures: Figure[]): void {
  const ours = figures.find(({ of }) => of === slipway.name);
  const theirs = figures.find(({ of }) => of === pm2.name);
  if (ours && theirs) ours.limit = median(theirs.values);
}
