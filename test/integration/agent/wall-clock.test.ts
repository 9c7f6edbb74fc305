import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { WallClock } from '../../support/wall-clock.ts';
import { Workshop } from '../../support/workshop.ts';

const DAY_SECONDS = 86_400;
const PROOF_MS = 2000;
const GRACE_MS = 1500;
const BACK_OFF_MS = 1500;

test.each([
  ['back', -DAY_SECONDS],
  ['forward', DAY_SECONDS],
])(
  'a wall clock set %s by a day changes neither proof, back-off, grace nor restart',
  async (_, bySeconds) => {
    const folder = temporaryFolder();
    const clock = new WallClock(folder);
    const workshop = await Workshop.running({
      folder,
      env: clock.env,
      replicas: 2,
      app: {
        inherit_env: false,
        prove_after: `${PROOF_MS}ms`,
        stop: { grace: `${GRACE_MS}ms` },
        restart: { delay: `${BACK_OFF_MS}ms`, max_delay: `${BACK_OFF_MS}ms` },
      },
    });
    const client = await workshop.client();
    const until = async (state: string) =>
      await waitFor(
        `an instance that is ${state}`,
        async () => (await workshop.app()).instances.find((instance) => instance.state === state),
        SELDOM,
      );
    /** How long the work lasts during which the clock is set, once an instance is in that state. */
    const lastsMs = async (work: Promise<unknown>, state: string) => {
      const beganMs = performance.now();
      await until(state);
      clock.set(bySeconds);
      await work;
      return performance.now() - beganMs;
    };

    workshop.publish('1.1.0', { WEB_IGNORE_SIGTERM: 1 });
    await waitFor(
      'the proof to begin',
      async () => {
        const deployment = await workshop.lastDeployment();
        return deployment?.steps.find(({ name }) => name === 'prove')?.state === 'running';
      },
      SELDOM,
    );
    clock.set(bySeconds);
    const { steps } = await workshop.untilDeployed('1.1.0');
    const provedMs = steps.find(({ name }) => name === 'prove')?.duration_ms ?? 0;
    expect(provedMs).toBeGreaterThanOrEqual(PROOF_MS);
    expect(provedMs).toBeLessThan(DAY_SECONDS * 1000);

    process.kill((await workshop.ask(1)).pid, 'SIGKILL');
    const backMs = await lastsMs(
      until('backoff').then(() => workshop.untilState('running')),
      'backoff',
    );
    // Until the test has seen it, a part of it is over.
    expect(backMs).toBeGreaterThanOrEqual(BACK_OFF_MS / 2);

    expect(await lastsMs(client.stop({ app: 'web' }), 'stopping')).toBeGreaterThanOrEqual(GRACE_MS);
    await client.start({ app: 'web' });
    expect(await lastsMs(client.restart({ app: 'web' }), 'stopping')).toBeGreaterThanOrEqual(2 * GRACE_MS);
    expect((await workshop.app()).instances.map(({ restarts }) => restarts.forced)).toEqual([1, 1]);
  },
  300_000,
);
