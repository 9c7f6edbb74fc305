import { type Caller, offerOf, type PlannedStep, wayBack } from '../deployment/index.ts';
import type { Tables } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { App } from './app.ts';
import type { Foreseen } from './app-kind.ts';
import { type Choice, type Chosen, chooseOffer, orMissing } from './choice.ts';

/** What a deploy would do. */
export interface PlannedDeployment extends Chosen {
  kind: 'full' | 'hot' | 'site';
  steps: PlannedStep[];
  comparison: Foreseen | null;
}

/** A deployment that was begun, or waits, by its id. */
interface Begun {
  id: number;
  notes: string[];
}

/** What a deploy would do. Automatic deployment is to be held meanwhile. */
export async function planDeploy(app: App, choice: Choice): Promise<PlannedDeployment> {
  checkChoice(app, choice);
  const chosen = await chooseOffer(app.context, choice);
  const next = app.automatic.next();
  if (next) {
    const what = next.version === chosen.offer.version ? 'it' : next.version;
    chosen.notes.push(`automatic deployment is on: ${what} will be deployed by itself`);
  }
  const kind = app.kind.deployment;
  const steps = app.procedure.plan(kind, chosen.offer);
  if (choice.full) return { ...chosen, steps, kind, comparison: { kind: 'full', reason: 'asked for' } };
  const comparison = await app.kind.compare(chosen.offer, app.instances);
  return { ...chosen, steps, kind: comparison?.kind ?? kind, comparison };
}

export async function deploy(app: App, choice: Choice & { caller: Caller }): Promise<Begun> {
  checkChoice(app, choice);
  app.queue.refuseIfBusy('deploy');
  return await app.automatic.holdDuring(() => chooseAndDeploy(app, choice));
}

async function chooseAndDeploy(app: App, choice: Choice & { caller: Caller }): Promise<Begun> {
  const { caller } = choice;
  const { offer, pins, notes } = await chooseOffer(app.context, choice).catch((error: unknown) =>
    orMissing(app.context, choice, error),
  );
  app.queue.refuseIfBusy('deploy');
  const { deployment: kind } = app.kind;
  // It will fail, and nothing is to follow from it.
  if (offer.missing)
    return { id: app.queue.add({ kind, offer, caller, release: null }, () => undefined), notes };
  if (app.row.stopped) notes.push('the app was stopped; it is started by this deployment');
  const before = app.row.pinned;
  if (!pins && before !== null) notes.push(`${app.context.id} is no longer pinned to ${before}`);
  const hot = choice.full ? false : null;
  const pinned = pins ? offer.version : null;
  const id = app.queue.add({ kind, offer, caller, release: null, hot, pinned }, (tables) => {
    const { key } = app.context;
    tables.removeGhosts(key, offer.version);
    tables.updateApp(key, { stopped: false });
    startInstances(app, tables);
    if (!pins) app.automatic.recordActedOn(tables, offer);
  });
  return { id, notes };
}

/** What a rollback would do. */
export async function planRollback(app: App, to: number | null) {
  const release = wayBack(app.context, to);
  const offer = offerOf(app.context, release);
  const comparison = await app.kind.compareRelease(release, app.instances);
  return { release, steps: app.procedure.plan('rollback', offer), comparison };
}

export function rollback(app: App, { to, caller }: { to: number | null; caller: Caller }): Begun {
  app.queue.refuseIfBusy('rollback');
  const release = wayBack(app.context, to);
  const offer = offerOf(app.context, release);
  const { number, version: pinned } = release;
  const id = app.queue.add({ kind: 'rollback', offer, caller, release: number, pinned }, (tables) => {
    tables.updateApp(app.context.key, { stopped: false });
    startInstances(app, tables);
  });
  return {
    id,
    notes: [
      `${app.context.id} is pinned to ${pinned} unless it does not go live: automatic deployment waits until: slipway unpin ${app.context.id}`,
    ],
  };
}

/** A deployment is of no use to an app of which every instance is stopped. */
function startInstances(app: App, tables: Tables): void {
  const rows = tables.instances(app.context.key);
  if (rows.every((row) => row.stopped))
    for (const row of rows) tables.updateInstance(app.context.key, row.unit, { stopped: false });
}

/** @throws SlipwayError `usage` */
function checkChoice(app: App, { full }: Choice): void {
  if (!full || app.kind.deployment === 'full') return;
  throw new SlipwayError('usage', {
    message: `${app.context.id} is a site, and --full is for services`,
    hint: 'nothing was changed',
  });
}
