import type { AppContext } from '../deployment/index.ts';
import type { ReleaseRow } from '../journal/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import {
  fits,
  Instance,
  logFiles,
  type Run,
  type RunExit,
  slotOf,
  type Wanted,
  wantsRun,
} from '../supervisor/index.ts';
import type { InstancePlan } from './instance-plan.ts';
import { recordEnd, recordStart } from './run-record.ts';
import { servesFromSpare } from './serving-slot.ts';
import { Slots } from './slots.ts';
import { takeOver } from './take-over.ts';

export interface FoundRun {
  run: Run;
  exit: RunExit | null;
}

interface Unit {
  context: AppContext;
  plan: InstancePlan;
  unit: string;
  /** Successors of other units that come up: what they will use is not used yet. */
  othersComingUp: () => number;
}

/** Makes the slots of a unit; what an earlier agent has left says which of them serves. */
export function makeSlots(of: Unit, found: readonly FoundRun[]): Slots {
  const { context, plan, unit } = of;
  const { id, key, log, journal } = context;
  const row = plan.has(unit) ? journal.tables.instance(key, unit) : null;
  const slots: Slots = new Slots(
    {
      make: ({ spare }) => makeInstance(of, { spare, slots: () => slots }),
      whyNotOverlap: () => whyNotOverlap(plan, slots, of.othersComingUp()),
      takeOver: async (run) => await exchange(of, { run, livingRuns: livingRuns(slots) }),
      say: (type, message) => log({ unit, type, message: `${id}/${unit} ${message}` }),
    },
    { spare: servesFromSpare({ row, found, isDamaged: journal.damage !== null }) },
  );
  if (row) slots.serving.restoreCounts({ crash: row.crashRestarts, forced: row.forcedRestarts });
  slots.started.on(({ instance, run }) =>
    recordStart(context, run, {
      stderrFrom: instance.stderrFrom,
      isSuccessor: instance !== slots.serving,
    }),
  );
  slots.ended.on((ended) => {
    const { restarts } = slots.serving.state;
    const isServings = (ended.run.spare === true) === slots.serving.isSpare;
    const isSuccessors = !isServings && slots.isOtherSuccessor;
    recordEnd(context, { unit, restarts, isSuccessors }, ended);
  });
  return slots;
}

/** Takes over what an earlier agent has left of a unit. */
export function adoptSlots(
  { context, plan, unit, othersComingUp }: Unit,
  slots: Slots,
  { found, wanted }: { found: readonly FoundRun[]; wanted: Wanted },
): void {
  const { stop } = plan.settings(unit);
  const isServing = ({ run }: FoundRun) => (run.spare === true) === slots.serving.isSpare;
  const byTaking = (runs: FoundRun[], wantedOf: (last: FoundRun) => Wanted) =>
    runs.length === 0
      ? null
      : (instance: Instance) => takeOver(context, instance, { runs, stop, wanted: wantedOf });
  const asItIs = ({ run: { release, generation }, exit }: FoundRun): Wanted => {
    return { running: exit === null && wantsRun(wanted), release, generation };
  };
  // One that is to be replaced serves until its successor is ready.
  const mayStay = ({ run, exit }: FoundRun) =>
    exit === null &&
    wantsRun(wanted) &&
    !fits(run, wanted) &&
    plan.whyNotOverlap?.(run, othersComingUp()) === null;
  slots.adopt({
    asked: { wanted, reason: 'the agent started' },
    serving: byTaking(found.filter(isServing), (last) => (mayStay(last) ? asItIs(last) : wanted)),
    // Requests may go to it until the one that serves is known to be ready.
    other: byTaking(
      found.filter((each) => !isServing(each)),
      asItIs,
    ),
  });
}

/** Why there cannot be two processes of the unit for a while; null where there can, empty where that is not meant to be. */
export function whyNotOverlap(plan: InstancePlan, { serving }: Slots, beside: number): string | null {
  return plan.whyNotOverlap ? plan.whyNotOverlap(serving.run, beside) : '';
}

export function livingRuns(slots: Slots | undefined): string[] {
  return slots?.all().flatMap(({ run }) => run?.id ?? []) ?? [];
}

function makeInstance(
  { context, plan, unit }: Unit,
  { spare, slots }: { spare: boolean; slots: () => Slots },
): Instance {
  const slot = slotOf({ unit, spare });
  const instance: Instance = new Instance({
    app: context.id,
    unit,
    ...(spare && { spare }),
    runs: context.runs,
    clock: context.clock,
    logs: logFiles(context.logsDirectory, context.id, unit),
    settings: () => plan.settings(unit, { spare }),
    withdraw: async (of) => await context.withdraw?.(slot, of),
    prepare: async (wanted) =>
      await plan.prepare(releaseRow(context, wanted.release ?? 0), {
        ...{ unit, spare, livingRuns: livingRuns(slots()) },
        isSuccessor: slots().serving !== instance,
      }),
  });
  return instance;
}

/** Written down first: a later agent finds two runs of the unit, and has to know which of them requests go to. */
async function exchange(
  { context, plan, unit }: Unit,
  { run, livingRuns }: { run: Run; livingRuns: readonly string[] },
): Promise<void> {
  const { journal, key, id, clock, log } = context;
  journal.writeNow(`${id}/${unit}: the successor takes over`, (tables) => {
    tables.updateInstance(key, unit, { spare: run.spare === true });
    tables.history.noteVersion(key, { unit, release: run.release, at: clock.now() });
  });
  try {
    await plan.takenOver?.(releaseRow(context, run.release), { unit, livingRuns });
  } catch (error) {
    // It serves all the same; its next start brings the links right.
    const message = `${id}/${unit}: the links were not switched to release ${run.release}: ${messageOf(error)}`;
    log({ unit, type: 'instance.links', message });
  }
}

function releaseRow({ journal, key, id }: AppContext, number: number): ReleaseRow {
  const row = journal.tables.release(key, number);
  if (row) return row;
  throw new SlipwayError('release_unknown', { message: `${id} has no release ${number}` });
}
