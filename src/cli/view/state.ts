import type { Colors } from '../output/index.ts';

const GOOD = ['running', 'ready', 'live', 'succeeded', 'ok'];
const BAD = ['down', 'failed', 'rolled_back', 'unready', 'backoff', 'fail', 'error'];
const MOVING = ['deploying', 'starting', 'stopping', 'preparing', 'queued', 'degraded', 'warn', 'waiting'];

/** The word of a state in the colour that it deserves. */
export function stateText(state: string, colors: Colors): string {
  const word = state.replace('_', ' ');
  if (GOOD.includes(state)) return colors.green(word);
  if (BAD.includes(state)) return colors.red(word);
  if (MOVING.includes(state)) return colors.yellow(word);
  return colors.dim(word);
}
