import fs from 'node:fs';
import path from 'node:path';
import { bareSite } from '../bare-site.ts';
import { capistrano } from '../capistrano.ts';
import { run } from '../commands.ts';
import { type Figure, median } from '../figures.ts';
import { Origin, QUICK, WHOLE } from '../origin.ts';
import { type Deployer, startSite, type Timed } from '../site.ts';
import { smallSite } from '../small-site.ts';
import { type Sshd, startSshd } from '../sshd.ts';
import type { Case, Workshop } from '../workshop.ts';

const KEEP = 2;
const KEEP_OWNER = { owner: 'keep', keep: KEEP };
const OWNED = { owner: 'www-data:www-data', keep: KEEP };
/** The project's own limit: of the better bare one. */
const AT_MOST = 1.2;

const SLIPWAY = 'Slipway';
const SLIPWAY_OWNING = 'Slipway, owner and modes';
const CAPISTRANO = 'Capistrano';
const CLONE = 'git clone --depth 1';
const CHECKOUT = 'bare: git checkout-index, 4 workers';
const COPY = 'bare: cp -a of the former, and the difference';

export const site: Case = {
  title: 'A repository of 20,000 files, 300 MB and 200 commits becomes a release',
  about:
    'The repository is on the same disk. Time from the start of the command to its end, and to the rename of `current`. ' +
    'Capistrano has its standard git strategy and an sshd on loopback; it and Slipway keep two releases. First deployment: ' +
    'nothing is there. Next commit: five files differ. The bare limits fetch the commit into a bare mirror, write the tree ' +
    'and rename the link; they leave it to the kernel when the files are written to the disk. Slipway waits for the disk ' +
    'before it switches, so they are measured with `sync --file-system`, too. All file systems are synced before each ' +
    'measurement, and each contender is the first in its turn. Slipway has `owner: keep`, as the others leave the owner ' +
    'alone, but sets the default modes all the same; on a line of its own, all is given to www-data. Last the next commit ' +
    'of a repository of 2,000 files and 30 MB, beside the bare checkout in turn, and the parts of that time: what the ' +
    'journal tells of the steps, and the rest.',
  async run(workshop) {
    const sshd = await startSshd(path.join(workshop.folder, 'sshd'));
    workshop.cleanUp.defer(() => sshd.stop());
    const origin = await Origin.make(
      path.join(workshop.folder, 'origin.git'),
      workshop.quick ? QUICK : WHOLE,
    );
    return [
      ...(await firstDeployments(workshop, { origin, sshd })),
      ...(await nextCommits(workshop, { origin, sshd })),
      ...(await smallSite(workshop)),
    ];
  },
};

interface Parts {
  origin: Origin;
  sshd: Sshd;
}

async function firstDeployments(workshop: Workshop, { origin, sshd }: Parts): Promise<Figure[]> {
  const url = origin.folder;
  const figures = new Figures('first deployment', [SLIPWAY, SLIPWAY_OWNING, CAPISTRANO, CLONE]);
  for (let round = 0; round < workshop.runs; round++) {
    const folder = path.join(workshop.folder, `first-${round}`);
    await using agent = await agentFor(path.join(folder, 'keep'), { url, settings: KEEP_OWNER });
    await using owning = await agentFor(path.join(folder, 'owned'), { url, settings: OWNED });
    const contenders: [string, () => Promise<Partial<Timed>>][] = [
      [SLIPWAY, () => agent.deploy()],
      [SLIPWAY_OWNING, () => owning.deploy()],
      [CAPISTRANO, () => capistrano(path.join(folder, 'cap'), { url, sshd, keep: KEEP }).deploy()],
      [CLONE, () => clone(url, path.join(folder, 'clone'))],
    ];
    for (const [name, deploy] of turned(contenders, round)) {
      await run('sync', []);
      figures.add(name, await deploy());
    }
    fs.rmSync(folder, { recursive: true, maxRetries: 20, retryDelay: 50 });
    workshop.say(`first deployment, run ${round + 1} of ${workshop.runs}`);
  }
  return figures.limited(Math.min(figures.median(CLONE), figures.median(CAPISTRANO)));
}

async function nextCommits(workshop: Workshop, { origin, sshd }: Parts): Promise<Figure[]> {
  const url = origin.folder;
  const place = (name: string) => path.join(workshop.folder, 'next', name);
  const agent = await agentFor(place('keep'), { url, settings: KEEP_OWNER });
  workshop.cleanUp.use(agent);
  const owning = await agentFor(place('owned'), { url, settings: OWNED });
  workshop.cleanUp.use(owning);
  const contenders: [string, Deployer][] = [
    [SLIPWAY, agent],
    [SLIPWAY_OWNING, owning],
    [CAPISTRANO, capistrano(place('cap'), { url, sshd, keep: KEEP })],
    [CHECKOUT, await bareSite(place('checkout'), { url, way: 'checkout' })],
    [COPY, await bareSite(place('copy'), { url, way: 'copy' })],
    [`${CHECKOUT}, sync`, await bareSite(place('checkout-sync'), { url, way: 'checkout', sync: true })],
    [`${COPY}, sync`, await bareSite(place('copy-sync'), { url, way: 'copy', sync: true })],
  ];
  const figures = new Figures(
    'next commit',
    contenders.map(([name]) => name),
  );
  // The first ones are not measured: until as many releases are there as are kept.
  for (let round = 1 - KEEP; round <= workshop.runs; round++) {
    if (round > 1 - KEEP) await origin.advance();
    for (const [name, contender] of turned(contenders, round + KEEP)) {
      if (round === 1 - KEEP && name.startsWith('bare')) continue;
      await run('sync', []);
      const timed = await contender.deploy();
      if (round >= 1) figures.add(name, timed);
    }
    if (round >= 1) workshop.say(`next commit, run ${round} of ${workshop.runs}`);
  }
  const bareMs = Math.min(figures.median(CHECKOUT), figures.median(COPY));
  return figures.limited(Math.min(AT_MOST * bareMs, figures.median(CAPISTRANO)));
}

async function agentFor(folder: string, options: Parameters<typeof startSite>[1]) {
  const agent = await startSite(folder, options);
  return { deploy: () => agent.deploy(), [Symbol.asyncDispose]: () => agent.stop() };
}

async function clone(url: string, folder: string): Promise<Partial<Timed>> {
  const startedMs = performance.now();
  await run('git', ['clone', '--quiet', '--depth', '1', '--branch', 'main', `file://${url}`, folder]);
  return { endMs: performance.now() - startedMs };
}

/** Each is the first in its turn. */
function turned<T>(all: readonly T[], round: number): T[] {
  const at = round % all.length;
  return [...all.slice(at), ...all.slice(0, at)];
}

class Figures {
  private readonly work: string;
  private readonly names: readonly string[];
  private readonly all = new Map<string, Figure>();

  constructor(work: string, names: readonly string[]) {
    this.work = work;
    this.names = names;
  }

  add(of: string, { endMs, switchMs }: Partial<Timed>): void {
    if (endMs !== undefined) this.push(this.work, of, endMs);
    if (switchMs !== undefined) this.push(`${this.work}, to the switch`, of, switchMs);
  }

  median(of: string): number {
    return median(this.all.get(`${this.work} ${of}`)?.values ?? []);
  }

  /** All of them in the order of the names, those to the switch last. */
  limited(limit: number): Figure[] {
    const figure = this.all.get(`${this.work} ${SLIPWAY}`);
    if (figure) figure.limit = limit;
    const place = ({ of }: Figure) => this.names.indexOf(of);
    return [...this.all.values()].toSorted((a, b) => a.work.length - b.work.length || place(a) - place(b));
  }

  private push(work: string, of: string, value: number): void {
    const figure = this.all.get(`${work} ${of}`) ?? { work, of, unit: 'ms', values: [] };
    figure.values.push(value);
    this.all.set(`${work} ${of}`, figure);
  }
}
