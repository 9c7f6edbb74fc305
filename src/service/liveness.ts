import { isDeepStrictEqual } from 'node:util';
import type { Instances } from '../app/index.ts';
import type { LivenessConfiguration } from '../config/index.ts';
import { MAX_UNEXPECTED_EXITS } from '../deployment/index.ts';
import { nextTick, unawaited } from '../kernel/index.ts';
import { ask, type Instance, judge, type Verdict, type Vitals } from '../supervisor/index.ts';
import { askInTurns } from './asking.ts';
import type { ServiceContext } from './context.ts';
import { settingsOf } from './settings.ts';

/** What came of asking one run. */
interface Tally {
  run: string;
  /** The last times in a row; 0: it has answered. */
  unanswered: number;
  reason: string | null;
}

/**
 * Asks instances for their health (`health` of a service) from when they are ready, and starts those again that do not
 * answer. While a deployment touches instances it restarts none: that would be one more that is down, and the deployment
 * itself ends where one of its new instances is told to be unready.
 */
export class Liveness {
  private readonly context: ServiceContext;
  private readonly instances: Instances;
  private readonly isDeploying: () => boolean;
  private tallies = new Map<string, Tally>();
  private inForce: LivenessConfiguration | null = null;
  private cancel = () => {};

  constructor(options: { context: ServiceContext; instances: Instances; isDeploying: () => boolean }) {
    this.context = options.context;
    this.instances = options.instances;
    this.isDeploying = options.isDeploying;
  }

  /** Follows the configuration in force. */
  reconfigured(): void {
    const { health } = this.context.configuration;
    if (isDeepStrictEqual(health, this.inForce)) return;
    this.inForce = health;
    this.tallies.clear();
    this.cancel();
    // Who was asked may be asked no more, or something else.
    for (const instance of this.instances.all()) this.tell(instance, null);
    if (health) this.schedule(health);
  }

  stop(): void {
    this.inForce = null;
    this.cancel();
  }

  private schedule(health: LivenessConfiguration): void {
    const { clock } = this.context;
    const now = clock.monotonicMs();
    this.cancel = clock.after(nextTick(now, health.everyMs) - now, () =>
      unawaited(this.look(health), `${this.context.id}: the question for its health`),
    );
  }

  private async look(health: LivenessConfiguration): Promise<void> {
    try {
      await this.askAll(health);
      if (this.inForce === health) this.act(health);
    } finally {
      if (this.inForce === health) this.schedule(health);
    }
  }

  private async askAll(health: LivenessConfiguration): Promise<void> {
    const before = this.tallies;
    const asked = this.instances.all().filter((instance) => isUp(instance));
    const tallies = await askInTurns(asked, async (instance): Promise<[string, Tally]> => {
      const run = instance.run?.id ?? '';
      const reason = await this.askOne(instance, health);
      const earlier = before.get(instance.unit);
      const times = earlier?.run === run ? earlier.unanswered : 0;
      return [instance.unit, { run, reason, unanswered: reason === null ? 0 : times + 1 }];
    });
    this.tallies = new Map(tallies);
  }

  private async askOne({ unit }: Instance, health: LivenessConfiguration): Promise<string | null> {
    const { port } = settingsOf(this.context, unit);
    if (port === null) return null;
    const { clock } = this.context;
    return await ask({ ...health.question, port }, { clock, timeoutMs: health.timeoutMs });
  }

  private act(health: LivenessConfiguration): void {
    const expected = this.instances
      .expected()
      .map(({ unit }) => this.instances.get(unit))
      .filter((instance) => instance !== null);
    const verdicts = judge(
      expected.map((instance) => this.vitalsOf(instance)),
      health.failures,
    );
    for (const instance of expected) {
      const tally = this.tallyOf(instance);
      const verdict = verdicts.get(instance.unit);
      if (tally?.unanswered === 0) this.tell(instance, null);
      else if (tally && verdict) this.carryOut(instance, tally, verdict);
    }
  }

  private carryOut(instance: Instance, { run, reason, unanswered }: Tally, verdict: Verdict): void {
    const times = unanswered === 1 ? '' : `, ${unanswered} times in a row`;
    const why = `${reason}${times}`;
    if (verdict === 'restart' && !this.isDeploying()) return instance.restartUnhealthy(run, why);
    this.tell(instance, `${why}${this.whyNot(verdict)}`);
  }

  private whyNot(verdict: Verdict): string {
    if (verdict === 'all_fail')
      return `; no instance of ${this.context.id} answers, so that none is restarted: what all of them depend on may fail`;
    return verdict === 'waits' ? '; it is restarted once the others are up' : '';
  }

  private tell(instance: Instance, reason: string | null): void {
    const { run } = instance;
    if (run) instance.tellAnswer(run.id, { by: 'health', reason });
  }

  private vitalsOf(instance: Instance): Vitals {
    const { unit, state } = instance;
    const tally = this.tallyOf(instance);
    if (tally) return { unit, condition: 'up', unanswered: tally.unanswered };
    const isOut = state.phase.name === 'failed' || (!isUp(instance) && state.crashes >= MAX_UNEXPECTED_EXITS);
    return { unit, condition: isOut ? 'out' : 'coming', unanswered: 0 };
  }

  /** The tally of the run that it has now, while that is up. */
  private tallyOf(instance: Instance): Tally | null {
    const tally = this.tallies.get(instance.unit);
    return isUp(instance) && tally && tally.run === instance.run?.id ? tally : null;
  }
}

function isUp({ stateName }: Instance): boolean {
  return stateName === 'ready' || stateName === 'unready';
}
