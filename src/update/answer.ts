import { messageOf, sleep, systemClock, withDeadline } from '../kernel/index.ts';
import { type UnitState, unit } from './unit.ts';

/** What an agent says of itself, as far as an update looks at it. */
export interface AnsweringAgent {
  version: string;
  pid: number;
  instances: readonly { instance: string; pid: number | null }[];
}

/** Null where none answers; it may reject, too. */
export type AskAgent = () => Promise<AnsweringAgent | null>;

const LOOK_EVERY_MS = 200;
/** One that takes a question and says nothing is asked again. */
const ANSWERS_WITHIN_MS = 5000;
/** So long an agent that has just answered is watched: one that ends when it takes its apps over ends by then. */
const STEADY_MS = 1500;

/** Why a version is not taken, in words; null where its agent answers, and goes on to. */
export async function untilItAnswers(options: {
  version: string;
  /** Of the agent before it. */
  formerPid: number | null;
  ask: AskAgent;
  withinMs: number;
}): Promise<{ agent: AnsweringAgent; tookMs: number } | { reason: string }> {
  const { version, formerPid, ask, withinMs } = options;
  const begunMs = systemClock.monotonicMs();
  let answered: { agent: AnsweringAgent; atMs: number } | null = null;
  let trouble = '';
  for (;;) {
    const reason = describeEnd(await unit.state().catch(() => null));
    if (reason !== null) return { reason };
    const nowMs = systemClock.monotonicMs();
    // Whatever is wrong with an answer, it is none yet: to give up here would leave an update half done.
    const agent = await answerOf(ask).catch((error: unknown) => {
      trouble = `; last: ${messageOf(error)}`;
      return null;
    });
    if (agent && agent.version === version && agent.pid !== formerPid) answered ??= { agent, atMs: nowMs };
    if (answered && nowMs - answered.atMs > STEADY_MS)
      return agent
        ? { agent, tookMs: answered.atMs - begunMs }
        : { reason: `its agent answered, and then no more${trouble}` };
    if (!answered && nowMs - begunMs > withinMs)
      return { reason: `${describeLate(agent, withinMs)}${trouble}` };
    await sleep(LOOK_EVERY_MS);
  }
}

async function answerOf(ask: AskAgent): Promise<AnsweringAgent | null> {
  const answer = await withDeadline({ ms: ANSWERS_WITHIN_MS }, ask);
  if (answer === 'late')
    throw new Error(`it took a question, and gave no answer for ${ANSWERS_WITHIN_MS / 1000} s`);
  return answer;
}

function describeEnd(state: UnitState | null): string | null {
  if (state === null) return null;
  if (state.restarts > 0) return 'its agent ended, and was started again';
  return ['failed', 'inactive'].includes(state.active) ? `its unit is ${state.active}` : null;
}

function describeLate(agent: AnsweringAgent | null, withinMs: number): string {
  const within = `within ${withinMs / 1000} s`;
  return agent === null
    ? `its agent did not answer ${within}`
    : `the agent that answers is ${agent.version} (pid ${agent.pid}), and no other came ${within}`;
}
