import path from 'node:path';
import { DEFAULTS } from '../defaults.ts';
import { mappingOf } from '../findings.ts';
import { type ConfigurationSource, defaultFileOf, readText } from './file.ts';
import { directoriesFromVariables, hasDeployexVariables } from './variables.ts';

/**
 * The data directory alone, read from a file that may have errors elsewhere: all that a verb needs to find the agent, so what
 * checks the others is not loaded for it.
 */
export async function loadDataDirectory(source: ConfigurationSource): Promise<string> {
  return (await loadPlaces(source)).data;
}

/** The same, and where the socket of a group is, or would be. */
export async function loadPlaces(
  source: ConfigurationSource,
): Promise<{ data: string; groupSocket: string }> {
  const { groupSocket } = DEFAULTS;
  const file = source.file ?? defaultFileOf(source);
  if (file === null) {
    const data = hasDeployexVariables(source.env) ? directoriesFromVariables(source.env).data : DEFAULTS.data;
    return { data, groupSocket };
  }
  const { readDocument } = await import('../document.ts');
  const { data, socket } = mappingOf(readDocument(readText(file)).value);
  return {
    data: absoluteOr(DEFAULTS.data, data),
    groupSocket: absoluteOr(groupSocket, mappingOf(socket).path),
  };
}

function absoluteOr(fallback: string, value: unknown): string {
  return typeof value === 'string' && path.isAbsolute(value) ? path.resolve(value) : fallback;
}
