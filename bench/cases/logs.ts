import fs from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { waitFor } from '../../test/support/wait-for.ts';
import { end, run, start } from '../commands.ts';
import type { Contender } from '../contender.ts';
import type { Figure } from '../figures.ts';
import { pm2, slipway, supervisord } from '../peers.ts';
import type { Case, Workshop } from '../workshop.ts';

const GIB = 1024 ** 3;
const LINE_BYTES = 100;
const DEADLINE_MS = 600_000;

/** The limit: the program's own descriptor is a file. */
const plainFile: Contender = {
  name: 'a plain file',
  async start(folder, { program, args }) {
    const output = path.join(folder, 'plain.log');
    const child = await start(program, args, { output });
    return { pid: child.pid, outputFiles: () => [output], stop: () => end(child) };
  },
};
const CONTENDERS = [plainFile, slipway, supervisord, pm2];

export const logs: Case = {
  title: '1 GiB of log in lines of 100 bytes',
  about:
    'A C program writes numbered lines, a write(2) each, and ends. Its own time, as a multiple of its time into a plain ' +
    'file in the same run; and how many lines are in the files once the supervisor has come to rest. Slipway and ' +
    'supervisord rotate at 64 MB; PM2 by itself does not rotate.',
  async run(workshop) {
    const program = path.join(workshop.folder, 'lines');
    await run('cc', ['-O2', '-o', program, path.join(import.meta.dirname, '../programs/lines.c')]);
    const count = Math.floor((workshop.quick ? GIB / 20 : GIB) / LINE_BYTES);
    const seconds = CONTENDERS.map((): number[] => []);
    const times = CONTENDERS.map((): number[] => []);
    const lost = CONTENDERS.map((): number[] => []);
    for (let round = 1; round <= workshop.runs; round++)
      for (const [i, contender] of CONTENDERS.entries()) {
        const result = await measure({ workshop, contender, program, count });
        seconds[i]?.push(result.seconds);
        times[i]?.push(result.seconds / (seconds[0]?.at(-1) ?? Number.NaN));
        lost[i]?.push(count - result.lines);
        workshop.say(`run ${round} of ${workshop.runs}: ${contender.name}, ${result.seconds} s`);
      }
    return CONTENDERS.flatMap(({ name: of }, i): Figure[] => [
      { work: 'time of the writer', of, unit: 's', values: seconds[i] ?? [] },
      {
        work: 'against a plain file',
        of,
        unit: 'times',
        values: times[i] ?? [],
        ...(of === 'Slipway' ? { limit: 1.05 } : {}),
      },
      {
        work: 'lines lost',
        of,
        unit: 'lines',
        values: lost[i] ?? [],
        ...(of === 'Slipway' ? { limit: 0 } : {}),
      },
    ]).toSorted((a, b) => WORKS.indexOf(a.work) - WORKS.indexOf(b.work));
  },
};
const WORKS = ['time of the writer', 'against a plain file', 'lines lost'];

interface Measurement {
  workshop: Workshop;
  contender: Contender;
  program: string;
  count: number;
}

async function measure({ workshop, contender, program, count }: Measurement) {
  const folder = fs.mkdtempSync(path.join(workshop.folder, 'logs-'));
  const done = path.join(folder, 'done');
  // What the one before left for the disk is not this one's to wait for.
  await run('sync', []);
  const supervisor = await contender.start(folder, { program, args: [String(count), done], copies: 1 });
  try {
    const text = () =>
      fs.existsSync(done) && fs.readFileSync(done, 'utf8').endsWith('\n') && fs.readFileSync(done, 'utf8');
    const seconds = Number(await waitFor('the writer to end', text, { deadlineMs: DEADLINE_MS }));
    await settled(supervisor.outputFiles);
    const lines = await run('sh', ['-c', 'zcat -f -- "$@" | wc -l', 'sh', ...supervisor.outputFiles()]);
    return { seconds, lines: Number(lines) };
  } finally {
    await supervisor.stop();
    fs.rmSync(folder, { recursive: true });
  }
}

/** Waits until the files have not changed for three seconds. */
async function settled(files: () => string[]): Promise<void> {
  const state = () =>
    JSON.stringify(files().map((file) => [file, fs.statSync(file, { throwIfNoEntry: false })?.size]));
  for (let before = '', now = state(); before !== now; ) {
    before = now;
    await sleep(3000);
    now = state();
  }
}
