import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { InstancePlan } from '../../../src/app/instance-plan.ts';
import { Instances } from '../../../src/app/instances.ts';
import { Journal, type ReleaseRow } from '../../../src/journal/index.ts';
import { atom, charlist, type Term, tuple } from '../../../src/otp/index.ts';
import { serviceLayout } from '../../../src/release/index.ts';
import type { BeamLinks } from '../../../src/service/beam-links.ts';
import type { InstanceStep, ServiceContext } from '../../../src/service/context.ts';
import { InPlace } from '../../../src/service/in-place.ts';
import { perform, type Step } from '../../../src/service/steps.ts';
import { archiveOffer } from '../../../src/source/index.ts';
import type { Instance, Run } from '../../../src/supervisor/index.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { releaseTree } from '../otp/release/ground.ts';

const key = { name: 'shop', environment: 'production' };
const ROLLBACK_AFTER_MS = 60_000;

/** Instances whose instances all have a run of release 1, of which there is no process. */
class FakeInstances extends Instances {
  override get(unit: string): Instance {
    const run = { id: `run-${unit}`, unit, release: 1, kind: 'full' } as Run;
    const nothing = () => undefined;
    return {
      ...{ state: { lastExit: null }, reason: 'ready' },
      ...{ run, stateName: 'ready', discardSuccessor: nothing, changedInPlace: nothing },
    } as unknown as Instance;
  }
}

/** A hot deployment of release 2 over release 1, with an appup that has no way down, of two instances. */
export function hotGround() {
  const folder = temporaryFolder();
  const journal = Journal.open(folder);
  onTestFinished(() => journal.close());
  const clock = new ManualClock();
  const layout = serviceLayout(path.join(folder, 'service'), 'shop');
  for (const [number, version] of [
    [1, '1.0.0'],
    [2, '2.0.0'],
  ] as const) {
    const appups = number === 2 ? { shop: '{"2.0.0", [{"1.0.0", []}], []}.' } : {};
    const directory = layout.releaseDirectory(number, version);
    fs.mkdirSync(path.dirname(directory), { recursive: true });
    fs.cpSync(releaseTree({ version, applications: { shop: version }, appups }), directory, {
      recursive: true,
    });
  }
  const releases = [1, 2].map((number) => releaseRow(number)) as [ReleaseRow, ReleaseRow];
  const id = journal.write('the ground', (tables) => {
    tables.addApp(key);
    for (const release of releases) tables.addRelease(release);
    for (const unit of ['1', '2']) tables.addInstance(key, unit, 1);
    return tables.addDeployment({
      ...{ ...key, kind: 'hot', state: 'running', release: 2, version: '2.0.0', hash: null, commitId: null },
      ...{
        offer: archiveOffer('2.0.0'),
        triggerBy: 'person',
        actor: 'a person',
        liveBefore: 1,
        backTo: 1,
        hot: true,
      },
      ...{ goingBack: null, errorCode: null, reason: null, queuedAt: 1, startedAt: 1, endedAt: null },
    });
  });
  const deployment = () => journal.tables.deployment(id);
  let units = ['1', '2'];
  const context = {
    ...{
      key,
      id: 'shop',
      journal,
      clock,
      layout,
      log: () => undefined,
      tell: () => undefined,
      account: async () => null,
    },
    configuration: {
      ...{ runtime: 'elixir', rollbackAfterMs: ROLLBACK_AFTER_MS },
      otp: { upgradeTimeoutMs: 60_000, purge: 'wait' },
    },
  } as unknown as ServiceContext;
  const instances = new FakeInstances(context, {
    units: () => units,
    has: (unit) => units.includes(unit),
  } as InstancePlan);
  const lines: string[] = [];
  /** What a VM answers, by function. */
  const answers: Record<string, Term> = {
    get_status: tuple(atom('started'), atom('started')),
    which_releases: [tuple(charlist('shop'), charlist('1.0.0'), [], atom('permanent'))],
    string: tuple(atom('ok'), [], 1),
    parse_exprs: tuple(atom('ok'), []),
    exprs: tuple(atom('value'), [], []),
  };
  const link = {
    connected: async () => ({ rpc: async (_module: string, fn: string) => answers[fn] }),
  };
  const links = { of: () => link } as unknown as BeamLinks;
  const inPlace = new InPlace({ context, instances, links });
  const stepOf = (name: 'roll-out' | 'roll-back', unit: string) =>
    ({
      ...{ context, instances, links, inPlace, deployment: deployment(), release: releases[1] },
      ...{ unit, planned: { name, unit, argument: null }, signal: new AbortController().signal },
      ...{ goBackTo: name === 'roll-back' ? 1 : null, say: (line: string) => lines.push(line) },
    }) as unknown as Step & InstanceStep;
  return {
    ...{ journal, key, clock, instances, inPlace, lines, answers, link, deployment, stepOf },
    rollbackAfterMs: ROLLBACK_AFTER_MS,
    row: (unit: string) => journal.tables.instances(key).find((row) => row.unit === unit),
    rollOut: (unit: string, change: Partial<Step> = {}) =>
      perform({ ...stepOf('roll-out', unit), ...change }),
    /** Fewer are configured from now on. */
    removeSecond: () => {
      units = ['1'];
      journal.write('1 instance', (tables) => tables.removeInstance(key, '2'));
    },
  };
}

function releaseRow(number: number): ReleaseRow {
  return {
    ...{ ...key, number, version: `${number}.0.0`, hash: null, commitId: null, state: 'ready' },
    ...{ provenAt: null, directory: '', createdAt: 1, sizeBytes: null, removedAt: null },
  };
}
