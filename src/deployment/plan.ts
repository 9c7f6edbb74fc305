/** What a deployment will do, as data: built here, journalled, carried out elsewhere. */
export type StepName =
  | 'fetch'
  | 'unpack'
  | 'pre-command'
  | 'copy'
  | 'sync'
  | 'roll-out'
  | 'prove'
  | 'roll-back';

export interface PlannedStep {
  name: StepName;
  /** Of `copy`, `roll-out` and `roll-back`: which instance. */
  instance: number | null;
  /** Of `pre-command`: the command. */
  argument: string | null;
}

/** A full deployment of a service, in the order of a runbook. Nothing before the first `roll-out` touches an instance. */
export function planFull(options: {
  preCommands: readonly string[];
  replicas: number;
  /** elixir and erlang: each instance runs in a copy of its own, which a hot upgrade may change. */
  copies: boolean;
}): PlannedStep[] {
  const instances = numbers(options.replicas);
  return [
    plain('fetch'),
    plain('unpack'),
    ...options.preCommands.map((command) => ({
      name: 'pre-command' as const,
      instance: null,
      argument: command,
    })),
    ...(options.copies ? instances.map((instance) => of('copy', instance)) : []),
    plain('sync'),
    ...instances.map((instance) => of('roll-out', instance)),
    plain('prove'),
  ];
}

/** The way to a release that is on the disk already: nothing is fetched, and no pre-command runs. */
export function planRollback(options: { replicas: number; copies: boolean }): PlannedStep[] {
  return planFull({ ...options, preCommands: [] }).filter(
    (step) => step.name !== 'fetch' && step.name !== 'unpack',
  );
}

/** Appended where a deployment goes back: those that are down first, together; then the rest one by one. */
export function planBack(touched: readonly number[]): PlannedStep[] {
  return touched.map((instance) => of('roll-back', instance));
}

function plain(name: StepName): PlannedStep {
  return { name, instance: null, argument: null };
}

function of(name: StepName, instance: number): PlannedStep {
  return { name, instance, argument: null };
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
