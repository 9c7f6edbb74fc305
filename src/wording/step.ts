interface Step {
  name: string;
  instance: string | null;
  state: string;
}

/** `start shop/1` */
export function stepName(step: Pick<Step, 'name' | 'instance'>): string {
  return step.instance === null ? step.name : `${step.name} ${step.instance}`;
}

/** What comes after a fatal failure. */
const WAY_BACK = ['switch-back', 'hook: deploy.failure'];

/**
 * Whether a failed step let its deployment go on: it succeeded all the same, or the step that was planned next is not
 * given up.
 */
export function isTolerated(
  deployment: { state: string; steps: readonly Step[] },
  position: number,
): boolean {
  const { state, steps } = deployment;
  const step = steps[position];
  if (step?.state !== 'failed') return false;
  if (state === 'succeeded') return true;
  const next = steps[position + 1];
  return /^(hook: |workers$|reload$)/.test(step.name) && next !== undefined && hasContinued(next);
}

function hasContinued(next: Step): boolean {
  return next.state !== 'skipped' && !WAY_BACK.includes(next.name);
}
