import type { ConfigurationPlan, PlannedChange } from '../../api/index.ts';

/** What `config apply` would do, an app or a key a line. */
export function configurationPlanView(plan: ConfigurationPlan): string {
  const lines = [
    ...plan.apps.map(lineOf),
    ...plan.at_once,
    ...plan.after_restart.map((key) => `${key}: takes effect with the next start of the agent`),
    ...plan.problems,
  ];
  const isNone = plan.apps.length + plan.at_once.length + plan.after_restart.length === 0;
  if (isNone) return ['nothing would change', ...plan.problems].join('\n');
  return [...lines, '', 'nothing was changed; to apply it: slipway config apply'].join('\n');
}

function lineOf({ app, change, keys, starts, stops, restarts }: PlannedChange): string {
  if (change === 'added') return `${app}: is added`;
  if (change === 'removed') return `${app}: is removed; ${stopsOf(stops)}, its data is kept`;
  const changed = `${app}: ${keys.join(', ')} changed`;
  if (change === 'replaced') return `${changed}; ${stopsOf(stops)}, and it begins anew as another app`;
  const effects = [
    ...(starts.length > 0 ? [`${starts.join(', ')} ${starts.length > 1 ? 'are' : 'is'} started`] : []),
    ...(stops.length > 0 ? [stopsOf(stops)] : []),
    ...(restarts.length > 0
      ? [`${restarts.join(', ')} ${restarts.length > 1 ? 'are restarted one by one' : 'is restarted'}`]
      : []),
  ];
  return `${changed}; ${effects.join('; ') || 'nothing is restarted'}`;
}

function stopsOf(stops: readonly string[]): string {
  if (stops.length === 0) return 'nothing of it runs';
  return `${stops.join(', ')} ${stops.length > 1 ? 'are' : 'is'} stopped`;
}
