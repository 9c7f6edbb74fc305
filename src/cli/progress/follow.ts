import { type Client, type DeploymentWithSteps, type EnvChange, resume } from '../../api/index.ts';
import { SlipwayError } from '../../kernel/index.ts';
import { withShortCommits } from '../../wording/index.ts';
import { type Interrupt, untilInterrupted } from '../interrupt.ts';
import { printData, symbolsOf } from '../output/index.ts';
import type { Session } from '../session.ts';
import { isEnded } from '../view/index.ts';
import { LiveRenderer } from './live.ts';
import { exitStatusOf, outcomeText, titleText } from './outcome.ts';
import { PlainRenderer } from './plain.ts';

export interface FollowOptions {
  /** `--detach` */
  detach?: boolean;
  /** `--timeout`, in milliseconds. */
  timeout?: number;
}

/** Starts a deployment and, unless told otherwise, follows it to its end. Gives the exit status. */
export async function startAndFollow(
  session: Session,
  options: {
    app: string;
    /** A deployment of null: there is nothing to deploy, and it is done. */
    start: (client: Client, signal: AbortSignal) => Promise<EnvChange>;
    follow: FollowOptions;
  },
): Promise<number> {
  const {
    app,
    start,
    follow: { detach = false, timeout = null },
  } = options;
  const { output } = session;
  const client = await session.client();
  const interrupt = untilInterrupted(timeout);
  try {
    const accepted = await start(client, interrupt.signal).catch((error) => {
      throw interrupt.signal.aborted ? notKnown(interrupt.signal.reason, app) : error;
    });
    for (const note of accepted.notes) output.err.write(`${withShortCommits(note)}\n`);
    const { deployment: id } = accepted;
    if (id !== null && !detach) return await follow(session, { client, id, interrupt });
    if (id !== null || output.json) printData(output, accepted, () => String(id));
    if (id !== null) output.err.write(`follow it: slipway show ${id} -f\n`);
    return 0;
  } finally {
    interrupt.dispose();
  }
}

/** Shows a deployment to its end. Gives the exit status. Errors: `interrupted`, `timeout`; the deployment goes on. */
export async function follow(
  session: Session,
  { client, id, interrupt }: { client: Client; id: number; interrupt: Interrupt },
): Promise<number> {
  const { output, env } = session;
  const { signal } = interrupt;
  const symbols = symbolsOf(env);
  const renderer = output.err.live ? new LiveRenderer(output.err, symbols) : new PlainRenderer(output.err);
  let last: DeploymentWithSteps | null = null;
  try {
    const states = resume({
      open: () => client.followDeployment({ id }, { signal }),
      signal,
      wholeValues: true,
      onLost: () => renderer.note('the agent is away; the apps go on, and this waits until it is back'),
    });
    for await (const deployment of states) {
      if (last === null) renderer.note(titleText(deployment));
      renderer.update(deployment);
      last = deployment;
    }
  } catch (error) {
    throw signal.aborted ? stillRunning(signal.reason, id) : error;
  } finally {
    renderer.end();
  }
  const ended = last !== null && isEnded(last) ? last : await client.deployment({ id });
  output.err.write(`${outcomeText(ended, { colors: output.err.colors, symbols })}\n`);
  if (output.json) printData(output, ended, () => '');
  return exitStatusOf(ended);
}

function stillRunning(reason: SlipwayError, id: number): SlipwayError {
  return new SlipwayError(reason.code, {
    message: `${reason.message}: deployment ${id} goes on`,
    hint: `to stop it: slipway cancel ${id}`,
    next: `slipway show ${id} -f`,
  });
}

function notKnown(reason: SlipwayError, app: string): SlipwayError {
  return new SlipwayError(reason.code, {
    message: `${reason.message} before the agent had answered: it may have started the deployment, or not`,
    next: `slipway deployments ${app}`,
  });
}
