import type { Caller } from '../deployment/index.ts';
import type { InstanceRow } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import type { App } from './app.ts';
import { untilUp } from './come-up.ts';

interface Asked {
  /** An instance, a worker or one of its replicas; null means the whole app. */
  unit: string | null;
  caller: Caller;
}

export async function restart(app: App, { unit, caller }: Asked): Promise<string> {
  app.queue.refuseIfBusy('restart');
  const all = app.units(unit);
  if (app.instances.isOfNone(unit))
    throw new SlipwayError('not_running', {
      message: `0 replicas of ${app.label(unit)} are configured, so there is nothing to restart`,
      hint: 'write `replicas: 1` or more into the configuration, then apply it',
      next: 'slipway config apply',
    });
  if (all.length === 0)
    throw new SlipwayError('instance_unknown', {
      message: `${app.context.id} has no workers, so there is nothing to restart`,
      hint: 'what `current` leads to is served by the web server',
      next: `slipway status ${app.context.id}`,
    });
  const units = all.filter((each) => !app.instances.isStopped(each));
  if (units.length === 0)
    throw new SlipwayError('not_running', {
      message: `${app.label(unit)} is stopped`,
      next: `slipway start ${app.label(unit)}`,
    });
  app.instances.letGo(units);
  app.restarts.request(units, `by ${caller.actor}`);
  tell(app, { what: 'restarted', unit, caller });
  app.restarts.roll();
  // Instances of a service wait for each other; each worker is another one's business.
  const among = app.kind.deployment === 'full' ? app.units(null) : units;
  await untilUp(app.context, app.instances, { units, among });
  return `${app.label(unit)} is restarted and ready`;
}

export async function stop(app: App, { unit, caller }: Asked): Promise<string> {
  app.queue.refuseIfBusy('stop');
  const { journal, key, id } = app.context;
  const units = app.units(unit);
  app.queue.supersedeProof(`a stop by ${caller.actor}`);
  journal.decide(`${app.label(unit)}: stopped by ${caller.actor}`, (tables) => {
    if (unit === null) tables.updateApp(key, { stopped: true });
    else for (const each of units) tables.updateInstance(key, each, { stopped: true });
    if (unit === null) app.queue.dropAutomatic(tables, 'the app was stopped');
  });
  tell(app, { what: 'stopped', unit, caller });
  app.instances.apply(`stopped by ${caller.actor}`);
  if (unit === null) await app.cron.endRuns(`stopped by ${caller.actor}`);
  await app.instances.until(() => units.every((each) => app.instances.isAtRest(each)));
  // What the last run of one in its back-off has left may be in its grace.
  await Promise.all(units.map(async (each) => await app.instances.get(each)?.cleared()));
  const none = app.instances.isOfNone(unit) ? '; nothing ran, for 0 replicas are configured' : '';
  return `${app.label(unit)} is stopped${none}; start it again: slipway start ${unit === null ? id : app.label(unit)}`;
}

export async function start(app: App, { unit, caller }: Asked): Promise<string> {
  const { journal, key, id } = app.context;
  const units = app.units(unit);
  const wasStopped = app.row.stopped;
  journal.decide(`${app.label(unit)}: started by ${caller.actor}`, (tables) => {
    tables.updateApp(key, { stopped: false });
    // Starting one of a stopped app starts that one only.
    if (unit !== null && wasStopped)
      for (const row of tables.instances(key)) tables.updateInstance(key, row.unit, { stopped: true });
    for (const each of units) tables.updateInstance(key, each, { stopped: false, ...triedAnew(app, each) });
    if (unit === null) app.automatic.recordLookAgain(tables);
  });
  tell(app, { what: 'started', unit, caller });
  // A person has decided: no other app is waited for any longer.
  app.instances.letGo(units);
  app.instances.apply(`started by ${caller.actor}`);
  app.restarts.roll();
  app.automatic.consider();
  if (app.instances.isOfNone(unit))
    return `${app.label(unit)} is started, and nothing runs, for 0 replicas are configured: write more into the configuration, then slipway config apply`;
  if (units.length > 0 && units.every((each) => app.instances.row(each).release === null))
    return `${id} has no release yet: it will start with the first one`;
  await untilUp(app.context, app.instances, { units, among: units });
  return `${app.label(unit)} is started and ready`;
}

function tell(app: App, { what, unit, caller }: Asked & { what: string }): void {
  app.context.tell({ type: `app.${what}`, message: `${app.label(unit)} is ${what} by ${caller.actor}` });
}

/** A start by a person is another one than that which was given up. */
function triedAnew(app: App, unit: string): Partial<InstanceRow> {
  if (app.instances.get(unit)?.stateName !== 'failed') return {};
  const generation = app.instances.row(unit).wantedGeneration + 1;
  return { generation, wantedGeneration: generation };
}
