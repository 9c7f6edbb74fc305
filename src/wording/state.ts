/** What a state means to a person: all is well, something is wrong, something moves, or nothing is to be done. */
export type Tone = 'good' | 'bad' | 'moving' | 'quiet';

const TONES: Record<Exclude<Tone, 'quiet'>, readonly string[]> = {
  good: ['running', 'ready', 'live', 'succeeded', 'ok'],
  bad: ['down', 'failed', 'rolled_back', 'unready', 'backoff', 'fail', 'error'],
  moving: [
    'deploying',
    'starting',
    'stopping',
    'preparing',
    'queued',
    'degraded',
    'warn',
    'warning',
    'waiting',
  ],
};

export function toneOf(state: string): Tone {
  for (const tone of ['good', 'bad', 'moving'] as const) if (TONES[tone].includes(state)) return tone;
  return 'quiet';
}

/** A deployment that runs is on its way; an app or a process that runs is where it should be. */
export function deploymentTone(state: string): Tone {
  return state === 'running' ? 'moving' : toneOf(state);
}

/** `rolled back` */
export function stateWord(state: string): string {
  return state.replaceAll('_', ' ');
}
