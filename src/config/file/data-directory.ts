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
  const file = source.file ?? defaultFileOf(source);
  if (file === null)
    return hasDeployexVariables(source.env) ? directoriesFromVariables(source.env).data : DEFAULTS.data;
  const { readDocument } = await import('../document.ts');
  const { data } = mappingOf(readDocument(readText(file)).value);
  return typeof data === 'string' && path.isAbsolute(data) ? path.resolve(data) : DEFAULTS.data;
}
