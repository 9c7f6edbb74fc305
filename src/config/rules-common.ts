import { parseDuration } from '../kernel/index.ts';
import { DEFAULTS, defaultCronName } from './defaults.ts';
import { type Finding, listOf, mappingOf, type Path } from './findings.ts';

export function checkRestart(restart: Record<string, unknown>, path: Path): Finding[] {
  const delayMs = durationOf(restart.delay ?? DEFAULTS.restartDelay);
  const maxDelayMs = durationOf(restart.max_delay ?? DEFAULTS.restartMaxDelay);
  if (delayMs === null || maxDelayMs === null || delayMs <= maxDelayMs) return [];
  const message = `must not be longer than max_delay, ${restart.max_delay ?? DEFAULTS.restartMaxDelay}`;
  return [{ path: [...path, 'delay'], at: 'value', message }];
}

export function checkCron(app: Record<string, unknown>, path: Path): Finding[] {
  const entries = listOf(app.cron).map(mappingOf);
  return checkNames(
    entries.map(({ name }, index) => name ?? defaultCronName(index)),
    [...path, 'cron'],
  );
}

export function checkNames(names: unknown[], path: Path): Finding[] {
  return names.flatMap((name, index) => {
    const first = names.indexOf(name);
    if (typeof name !== 'string' || first === index) return [];
    const message = `${path.at(-1)}[${first}] is "${name}" already`;
    return [{ path: [...path, index, 'name'], at: 'key', message } as const];
  });
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
