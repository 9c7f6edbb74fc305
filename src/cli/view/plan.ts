import type { Plan } from '../../api/index.ts';
import { type Colors, plain } from '../output/index.ts';
import { stepName } from './deployment.ts';

/** What a deployment would do, step by step. */
export function planView(plan: Plan, { colors }: { colors: Colors }): string {
  const { app, version, kind, pins, steps, notes } = plan;
  return [
    `${colors.bold(`${app} ${version}`)} would be deployed (${kind}):`,
    ...steps.map((step, index) => `  ${String(index + 1).padStart(2)}. ${stepName(step)}`),
    ...(pins ? [`It would be pinned: automatic deployment would wait for "slipway unpin ${app}".`] : []),
    ...notes.map(plain),
    colors.dim('Nothing was changed.'),
  ].join('\n');
}
