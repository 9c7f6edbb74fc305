import type { AppContext } from '../deployment/index.ts';
import type { EndedRun, Instance, InstanceState } from '../supervisor/index.ts';
import type { InstanceCrash } from './instance-plan.ts';

/** Tells of every change of an instance; a line of the log, where it is more than another reason. */
export function tellChange(
  { id, log, tell }: AppContext,
  { unit, stateName }: Instance,
  { before, after }: { before: InstanceState; after: InstanceState },
): void {
  // One that waits for other apps has no process yet, and is starting all the same.
  const comesLater = after.phase.name === 'stopped' && stateName === 'starting';
  const name = comesLater ? 'starting' : after.phase.name;
  const news = { unit, type: `instance.${name}`, message: `${id}/${unit} is ${name}: ${after.reason}` };
  if (before.phase.name !== after.phase.name) log(news);
  else tell(news);
}

/** Tells what becomes of the second process of a unit: the one that is to take over, or that has handed over. */
export function tellOther(
  { id, log }: AppContext,
  { unit, isSuccessor }: { unit: string; isSuccessor: boolean },
  { before, after }: { before: InstanceState; after: InstanceState },
): void {
  const { name } = after.phase;
  if (before.phase.name === name) return;
  const [type, who] = isSuccessor ? ['successor', 'successor'] : ['former', 'former process'];
  log({ unit, type: `instance.${type}`, message: `${id}/${unit}: its ${who} is ${name}: ${after.reason}` });
}

/** Tells that one has ended though nobody asked for it. */
export function tellCrash({ id, log }: AppContext, unit: string, { run, reason }: EndedRun): InstanceCrash {
  const label = `${id}/${unit}`;
  log({ unit, type: 'instance.crashed', message: `${label} ended unexpectedly: ${reason}` });
  return { unit, release: run.release, reason: `${label}: ${reason}` };
}
