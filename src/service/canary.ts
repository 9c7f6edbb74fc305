import { type Instances, whyNotUp } from '../app/index.ts';
import type { CanaryConfiguration } from '../config/index.ts';
import { AgentEnds, type RequestAnswered, type Skipped, type TrafficShare } from '../deployment/index.ts';
import { formatDuration, SlipwayError, sleep, until, withDeadline } from '../kernel/index.ts';
import { CanaryJudge, ENOUGH, type SideFigures } from './canary-judge.ts';
import type { ServiceStep } from './context.ts';
import { announceNew } from './launch.ts';

const LOOK_MS = 1000;
/** So often it says how it stands. */
const WORDS_OF_IT = 10;

interface Step extends ServiceStep {
  instances: Instances;
}

type Trial = TrafficShare['instances'][number];

/**
 * Has the first new instances come up beside the old ones, gives them a share of the requests, and compares what they make of it.
 * What is live is not touched: whatever ends it, the share ends with it, unless the agent does, for the next one goes on.
 */
export async function tryCanary(step: Step): Promise<Skipped | void> {
  const { context, instances, release, signal } = step;
  const { canary } = context.configuration;
  const units = canary === null ? [] : unitsOnTrial(step, canary);
  const why = whyNone(step, units);
  if (canary === null || why !== null) return { skipped: why ?? 'no canary is configured any more' };
  const end = async () => {
    await context.share?.(null);
    for (const unit of units) instances.tryOut(unit, null, 'the canary is over');
  };
  try {
    for (const unit of units) {
      announceNew(context, release, { unit, livingRuns: instances.livingRuns(unit) });
      instances.tryOut(unit, release.number, `release ${release.number} (${release.version}) is on trial`);
    }
    await untilReady(step, units);
    const skipped = await compare(step, { canary, units });
    // They stay as they are, and take over in the roll-out.
    await context.share?.(null);
    return skipped;
  } catch (error) {
    if (!(signal.reason instanceof AgentEnds)) await end();
    throw error;
  }
}

/** As many as the share is of all: none of them gets more than an old one has. */
function unitsOnTrial({ instances, release }: Step, { share }: CanaryConfiguration): string[] {
  const rows = instances.expected();
  const most = Math.max(1, Math.ceil((rows.length * share) / 100));
  return rows
    .filter((row) => row.release !== release.number && !instances.isDown(row))
    .map(({ unit }) => unit)
    .filter((unit) => instances.successor(unit) !== null || instances.whyNotOverlap(unit) === null)
    .slice(0, most);
}

function whyNone({ context, deployment, instances }: Step, units: readonly string[]): string | null {
  if (context.configuration.replicas === 0) return '0 replicas are configured';
  if (deployment.liveBefore === null) return 'nothing ran before that it could be compared with';
  if (context.journal.tables.deployment(deployment.id)?.hot) return 'instances are upgraded in place';
  if (context.share === undefined) return 'no proxy is in front of it';
  if (units.length > 0) return null;
  const [row] = instances.expected();
  if (!row) return 'all instances were stopped by a person';
  return instances.isDown(row)
    ? 'no instance of the old release is up'
    : `no second process may run beside an instance: ${instances.whyNotOverlap(row.unit) || 'the roll-out does not overlap'}`;
}

/** Bounded by `rollback_after`. */
async function untilReady({ context, instances, release, signal }: Step, units: readonly string[]) {
  const { rollbackAfterMs: ms } = context.configuration;
  const isReady = () => units.every((unit) => trialOf({ instances, release }, unit) !== null);
  const done = await withDeadline({ ms, clock: context.clock, signal }, async (bounded) =>
    until(
      instances.transitioned,
      () => {
        for (const unit of units) refuseIfGone({ context, instances }, unit);
        return isReady();
      },
      bounded,
    ),
  );
  if (done !== 'late') return;
  const unit = units.find((each) => trialOf({ instances, release }, each) === null) ?? '';
  const instance = instances.successor(unit);
  throw new SlipwayError('not_ready', {
    message: `no readiness within ${formatDuration(ms)} (rollback_after)${instance ? `; ${context.id}/${unit} on trial: ${whyNotUp(instance)}` : ''}`,
  });
}

/** The two processes of one that is ready on trial. */
function trialOf({ instances, release }: Pick<Step, 'instances' | 'release'>, unit: string): Trial | null {
  const successor = instances.successor(unit);
  const serving = instances.get(unit);
  if (!successor || !serving) return null;
  const { phase } = successor.state;
  if (phase.name !== 'ready' || phase.run.release !== release.number) return null;
  return { instance: unit, trial: successor.slot, serving: serving.slot };
}

function refuseIfGone({ context, instances }: Pick<Step, 'context' | 'instances'>, unit: string): void {
  if (!instances.has(unit) || instances.isStopped(unit))
    throw new SlipwayError('not_running', {
      message: `${context.id}/${unit} was stopped while its new release was on trial`,
    });
  const successor = instances.successor(unit);
  if (successor?.stateName === 'failed')
    throw new SlipwayError('not_ready', {
      message: `${context.id}/${unit} on trial: ${whyNotUp(successor)}`,
    });
}

async function compare(
  step: Step,
  { canary, units }: { canary: CanaryConfiguration; units: readonly string[] },
): Promise<void> {
  const { context, instances, deployment, signal, say, promotion } = step;
  const { clock } = context;
  const judge = new CanaryJudge(canary);
  const slots = new Set<string>();
  const beganAt = clock.now();
  const take = ({ at, slot, isError, latencyMs }: RequestAnswered) => {
    if (at >= beganAt) judge.note({ isNew: slots.has(slot), isError, latencyMs });
  };
  const requests = context.requests?.(take);
  const began = clock.monotonicMs();
  let words = 0;
  let isWaiting = false;
  try {
    for (;;) {
      for (const unit of units) refuseIfGone(step, unit);
      // One that has crashed is back in a moment, or too often.
      const trials = units.flatMap((unit) => trialOf(step, unit) ?? []);
      for (const { trial } of trials) slots.add(trial);
      const share = { deployment: deployment.id, percent: canary.share, instances: trials };
      await context.share?.(trials.length > 0 ? share : null);
      await requests?.look();
      if (judge.broken.length > 0) throw worse(judge, canary);
      if (promotion.by() !== null) return say(`promoted by ${promotion.by()}: ${figuresText(judge)}`);
      const left = began + canary.forMs - clock.monotonicMs();
      if (left <= 0 && !isWaiting) {
        say(verdict(judge, canary));
        if (canary.promote === 'by_itself') return;
        say(`waits for: slipway promote ${deployment.id}`);
        promotion.waits();
        isWaiting = true;
      }
      const word = Math.floor((WORDS_OF_IT * (canary.forMs - left)) / canary.forMs);
      if (word > words && !isWaiting && word < WORDS_OF_IT) {
        words = word;
        say(figuresText(judge));
      }
      await moment(step, isWaiting ? LOOK_MS : Math.min(LOOK_MS, Math.max(1, left)));
    }
  } finally {
    requests?.end();
  }

  /** Less where somebody promotes it, or one of the instances changes. */
  async function moment(of: Step, ms: number): Promise<void> {
    const over = new AbortController();
    const offs = [
      promotion.changed.on(() => over.abort()),
      instances.transitioned.on(({ unit }) => units.includes(unit) && over.abort()),
    ];
    try {
      await sleep(ms, { clock, signal: AbortSignal.any([of.signal, over.signal]) });
    } catch (error) {
      if (signal.aborted) throw error;
    } finally {
      for (const off of offs) off();
    }
  }
}

function worse(judge: CanaryJudge, { maxErrors, maxLatency }: CanaryConfiguration): SlipwayError {
  const what = judge.broken.map((broken) =>
    broken === 'errors'
      ? `made more errors than max_errors (${maxErrors}%) allows`
      : `was slower than max_latency (${maxLatency}%) allows`,
  );
  return new SlipwayError('canary_worse', {
    message: `the canary ${what.join(', and ')}: ${figuresText(judge)}`,
    hint: 'all requests go to the old release, which was not touched',
  });
}

function verdict(judge: CanaryJudge, { maxErrors, maxLatency }: CanaryConfiguration): string {
  const named = [
    ...(maxErrors === null ? [] : [`max_errors ${maxErrors}%`]),
    ...(maxLatency === null ? [] : [`max_latency ${maxLatency}%`]),
  ];
  if (named.length === 0)
    return `nothing was judged, for neither max_errors nor max_latency is named: ${figuresText(judge)}`;
  if (!judge.canTell)
    return `too little traffic to tell: ${judge.new.requests} requests of the new release and ${judge.old.requests} of the old one, ${ENOUGH} side by side would do: ${figuresText(judge)}`;
  return `within ${named.join(' and ')}: ${figuresText(judge)}`;
}

/** `new 1.2 % of 840 failed, old 0.1 % of 7,612; 21.3 ms and 20.1 ms on average`. */
function figuresText(judge: CanaryJudge): string {
  const side = ({ requests, errors }: SideFigures) => {
    const percent = requests === 0 ? 0 : (100 * errors) / requests;
    return `${percent.toFixed(1)} % of ${requests.toLocaleString('en-US')}`;
  };
  const ms = ({ meanMs }: SideFigures) => (meanMs === null ? 'no answer' : `${meanMs.toFixed(1)} ms`);
  return `new ${side(judge.new)} failed, old ${side(judge.old)}; ${ms(judge.new)} and ${ms(judge.old)} on average`;
}
