import { type PlanBack, type PlannedStep, plain, touched } from '../deployment/index.ts';

/** A full deployment of a service, in the order of a runbook. Nothing before the first `roll-out` touches an instance. */
export function planFull(options: {
  preCommands: readonly string[];
  units: readonly string[];
  /** elixir and erlang: each instance runs in a copy of its own, which a hot upgrade may change. */
  copies: boolean;
  /** A part of the visitors meets it first. */
  canary?: boolean;
}): PlannedStep[] {
  const { units } = options;
  return [
    plain('fetch'),
    plain('unpack'),
    ...options.preCommands.map((argument): PlannedStep => ({ name: 'pre-command', unit: null, argument })),
    ...(options.copies ? units.map((unit) => of('copy', unit)) : []),
    plain('sync'),
    ...(options.canary ? [plain('canary')] : []),
    ...units.map((unit) => of('roll-out', unit)),
    plain('prove'),
  ];
}

/** The way to a release that is on the disk already: nothing is fetched, and no pre-command runs. */
export function planServiceRollback(options: { units: readonly string[]; copies: boolean }): PlannedStep[] {
  return planFull({ ...options, preCommands: [] }).filter(
    (step) => step.name !== 'fetch' && step.name !== 'unpack',
  );
}

/** Appended where a deployment goes back: those that are down first, together; then the rest one by one. */
export const planServiceBack: PlanBack = (steps, { undoes }) =>
  undoes ? touched({ steps }).map((unit) => of('roll-back', unit)) : [];

function of(name: 'copy' | 'roll-out' | 'roll-back', unit: string): PlannedStep {
  return { name, unit, argument: null };
}
