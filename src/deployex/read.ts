import type { DeployexConfiguration } from './found.ts';
import { readInstallerJson } from './installer-json.ts';
import { readVariables, variablesOfLines, variablesOfUnit } from './variables.ts';
import { readYamlFile } from './yaml-file.ts';

/**
 * Reads what DeployEx was configured by: the JSON of its old installer, its YAML, its unit of systemd, or a file of
 * variables; which one it is the text says. `name`: what the text is called, for comments and errors.
 * @throws SlipwayError `import_refused`
 */
export function readConfiguration(text: string, name: string): DeployexConfiguration {
  if (/^\s*(\/\/[^\n]*\s*|\/\*[^]*?\*\/\s*)*\{/.test(text)) return readInstallerJson(text, name);
  if (/^\s*\[Service\]\s*$/m.test(text)) return readVariables(variablesOfUnit(text), name);
  if (/^\s*(export\s+)?DEPLOYEX_\w+=/m.test(text)) return readVariables(variablesOfLines(text), name);
  return readYamlFile(text, name);
}
