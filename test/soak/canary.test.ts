import { expect, test } from 'vitest';
import { canaryWorkshop, USUAL, visitors } from '../support/canary.ts';
import { note } from '../support/notes.ts';
import { waitFor } from '../support/wait-for.ts';

const ROLL_OUTS = 20;
const CANARY = { share: '50%', for: '6s', max_errors: '1%', max_latency: '200%' };

test.each<[string, Record<string, number>, boolean, 'succeeded' | 'rolled_back']>([
  ['good ones', USUAL, true, 'succeeded'],
  ['ones with 5 % more errors', { ...USUAL, WEB_FAILS_EVERY: 16 }, true, 'rolled_back'],
  ['ones with three times the latency', { WEB_ANSWER_AFTER_MS: 16 }, true, 'rolled_back'],
  ['good ones, with hardly any traffic', USUAL, false, 'succeeded'],
])('twenty canaries of %s end as promised', async (kind, behaviour, isBusy, expected) => {
  const { workshop, port, version } = await canaryWorkshop(CANARY);
  const end = isBusy ? visitors(port).end : null;
  const verdicts: string[] = [];
  let asPromised = 0;
  for (let count = 1; count <= ROLL_OUTS; count++) {
    workshop.publish(`2.0.${count}`, behaviour);
    const deployment = await waitFor(
      `2.0.${count} to end`,
      async () => {
        const last = await workshop.lastDeployment();
        return last?.version === `2.0.${count}` && last.ended_at !== null && last;
      },
      { intervalMs: 200, atMostMs: 300_000 },
    );
    if (deployment.state === expected) asPromised += 1;
    const said = deployment.steps.find(({ name }) => name === 'canary')?.output.at(-1) ?? '';
    verdicts.push(deployment.reason ?? said);
    await waitFor('one process', async () => (await workshop.app()).instances[0]?.successor === null);
  }
  const counts = await end?.();
  note(`canaries of ${kind}: as promised`, `${asPromised} of ${ROLL_OUTS}`);
  note(`the last one of ${kind}`, verdicts.at(-1) ?? '');
  if (counts) note(`requests lost meanwhile, of ${kind}`, `${counts.lost}`);
  expect(counts?.lost ?? 0).toBe(0);
  // One in a hundred good ones may be taken back for each threshold, and five in a hundred bad ones not be found.
  expect(asPromised).toBeGreaterThanOrEqual(ROLL_OUTS - 2);
  if (!isBusy)
    expect(verdicts.every((verdict) => verdict.startsWith('too little traffic to tell'))).toBe(true);
  expect(await version()).toMatch(expected === 'succeeded' ? /^2\.0\.20$/ : /^1\.0\.0$/);
});
