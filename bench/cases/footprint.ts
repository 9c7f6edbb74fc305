import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileProgram } from '../../test/support/programs.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import type { Figure } from '../figures.ts';
import { bareNode, type Contender, pm2, slipway, supervisord } from '../peers.ts';
import { cpuMs, memoryOf, pidsOf } from '../proc.ts';
import type { Case, Workshop } from '../workshop.ts';

const CONTENDERS = [slipway, pm2, supervisord, bareNode];
const COPIES = [1, 10, 50];
const SETTLE_MS = 5_000;

export const footprint: Case = {
  title: 'Memory and processor time of the supervisor',
  about:
    'Idle copies of a tiny C program. Memory of the watching process alone, from smaps_rollup: resident, and its own ' +
    '(private) part. Processor time of all its threads, from schedstat, over a minute in which nothing happens.',
  async run(workshop) {
    const program = compileProgram('clock', workshop.folder);
    const figures = new Map<string, Figure>();
    for (let round = 1; round <= workshop.runs; round++)
      for (const copies of COPIES)
        for (const contender of CONTENDERS) {
          workshop.say(`run ${round} of ${workshop.runs}: ${contender.name}, ${copies} copies`);
          for (const figure of await measure({ workshop, program, copies, contender, round })) {
            const key = `${figure.work} ${figure.of}`;
            const known = figures.get(key);
            if (known) known.values.push(...figure.values);
            else figures.set(key, figure);
          }
        }
    return [...figures.values()].toSorted((a, b) => (a.work < b.work ? -1 : a.work > b.work ? 1 : 0));
  },
};

interface Measurement {
  workshop: Workshop;
  program: string;
  copies: number;
  contender: Contender;
  round: number;
}

async function measure({ workshop, program, copies, contender, round }: Measurement): Promise<Figure[]> {
  const folder = path.join(workshop.folder, `${round}-${copies}`);
  fs.mkdirSync(folder, { recursive: true });
  const file = path.join(folder, `${contender.name.replaceAll(' ', '-')}.ns`);
  const supervisor = await contender.start(folder, { program, args: [file], copies });
  await using _ = { [Symbol.asyncDispose]: () => supervisor.stop() };
  await waitFor(`${copies} copies`, () => pidsOf(program, file).length === copies);
  await sleep(SETTLE_MS);
  const of = contender.name;
  const { residentMb, ownMb } = memoryOf(supervisor.pid);
  const figures: Figure[] = [
    { work: `resident memory, ${copies} instances`, of, unit: 'MB', values: [residentMb] },
    { work: `own memory, ${copies} instances`, of, unit: 'MB', values: [ownMb] },
  ];
  if (copies === COPIES.at(-1)) {
    const before = cpuMs(supervisor.pid);
    await sleep(workshop.quick ? 10_000 : 60_000);
    const values = [cpuMs(supervisor.pid) - before];
    figures.push({
      work: `processor time in ${workshop.quick ? 10 : 60} s idle, ${copies} instances`,
      of,
      unit: 'ms',
      values,
    });
  }
  return figures;
}
