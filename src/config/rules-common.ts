import { parseDuration } from '../kernel/index.ts';
import { DEFAULTS } from './defaults.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';

export function checkRestart(restart: Record<string, unknown>, path: Path): Finding[] {
  const delayMs = durationOf(restart.delay ?? DEFAULTS.restartDelay);
  const maxDelayMs = durationOf(restart.max_delay ?? DEFAULTS.restartMaxDelay);
  if (delayMs === null || maxDelayMs === null || delayMs <= maxDelayMs) return [];
  const message = `must not be longer than max_delay, ${restart.max_delay ?? DEFAULTS.restartMaxDelay}`;
  return [{ path: [...path, 'delay'], at: 'value', message }];
}

/** `reserved`: names, each with what to write instead, or null. */
export function checkVariables(env: unknown, reserved: Record<string, string | null>, path: Path): Finding[] {
  return Object.keys(mappingOf(env))
    .filter((name) => Object.hasOwn(reserved, name) || name.startsWith('SLIPWAY_'))
    .map((name) => ({
      path: [...path, name],
      at: 'key',
      message: 'is set by Slipway for each instance',
      hint: (Object.hasOwn(reserved, name) && reserved[name]) || 'take it away',
    }));
}

export function durationOf(value: unknown): number | null {
  return typeof value === 'string' ? parseDuration(value) : null;
}
