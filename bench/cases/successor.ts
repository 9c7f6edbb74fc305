import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { compileProgram } from '../../test/support/programs.ts';
import { waitFor } from '../../test/support/wait-for.ts';
import { type Figure, median } from '../figures.ts';
import { bareNode, pm2, slipway, supervisord } from '../peers.ts';
import { pidsOf } from '../proc.ts';
import type { Case } from '../workshop.ts';

const CONTENDERS = [slipway, pm2, supervisord, bareNode];
// PM2 and supervisord take what lived shorter than a second for a failed start, and wait longer.
const LIFE_MS = 1500;

export const successor: Case = {
  title: 'kill -9 to the start of the successor',
  about:
    'A tiny C program writes CLOCK_MONOTONIC first thing. Each supervisor keeps one copy; they are all up at the same ' +
    'time, and their copies are killed in turn. The time is from just before kill(2) to the first instruction of main.',
  async run({ folder, runs, quick, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const started: { name: string; file: string }[] = [];
    for (const contender of CONTENDERS) {
      const file = path.join(folder, `${contender.name.replaceAll(' ', '-')}.ns`);
      const supervisor = await contender.start(folder, { program, args: [file], copies: 1 });
      cleanUp.defer(() => supervisor.stop());
      await waitFor(`${contender.name} to start the program`, () => startsIn(file).length > 0);
      started.push({ name: contender.name, file });
    }
    const figures: Figure[] = CONTENDERS.map(({ name }) => ({
      work: 'start of the successor',
      of: name,
      unit: 'ms',
      values: [],
    }));
    const kills = quick ? 12 : runs * 12;
    for (let i = 1; i <= kills; i++) {
      await sleep(LIFE_MS);
      // Each is the first in its turn: the first one finds the processors asleep.
      for (let turn = 0; turn < started.length; turn++) {
        const at = (i + turn) % started.length;
        const { name, file } = started[at] as (typeof started)[number];
        figures[at]?.values.push(await kill(program, name, file));
      }
      if (i % 10 === 0) say(`${i} of ${kills} kills`);
    }
    const theirs = figures.find(({ of }) => of === pm2.name);
    const ours = figures.find(({ of }) => of === slipway.name);
    if (ours && theirs) ours.limit = median(theirs.values);
    return figures;
  },
};

async function kill(program: string, name: string, file: string): Promise<number> {
  const before = startsIn(file).length;
  const [pid, ...others] = pidsOf(program, file);
  if (pid === undefined || others.length > 0)
    throw new Error(`${name} runs ${others.length} copies too many, or none`);
  const killedNs = process.hrtime.bigint();
  process.kill(pid, 'SIGKILL');
  const starts = await waitFor(`${name} to start the successor`, () => {
    const now = startsIn(file);
    return now.length > before && now;
  });
  return Number(BigInt(starts[before] ?? 0) - killedNs) / 1e6;
}

function startsIn(file: string): string[] {
  if (!fs.existsSync(file)) return [];
  return fs.readFileSync(file, 'utf8').split('\n').slice(0, -1);
}
