import { idOf } from './configuration.ts';
import { DEFAULTS } from './defaults.ts';
import { type Finding, listOf, mappingOf } from './findings.ts';

/** An app that a group is let to, and that there is not, is a slip of the pen: the group would be let to fewer than was meant. */
export function checkSocket(raw: unknown): Finding[] {
  const { socket, apps } = mappingOf(raw);
  const known = listOf(apps).flatMap((app) => {
    const { name, environment = DEFAULTS.environment } = mappingOf(app);
    return [String(name), idOf(String(name), String(environment))];
  });
  return listOf(mappingOf(socket).apps).flatMap((name, index): Finding[] =>
    known.includes(String(name))
      ? []
      : [{ path: ['socket', 'apps', index], at: 'value', message: 'is no app of this file' }],
  );
}
