import { checkConflicts } from './conflicts.ts';
import { type Finding, listOf, mappingOf } from './findings.ts';
import { mend } from './mend.ts';
import { checkApp } from './rules.ts';
import { checkListen } from './rules-listen.ts';
import { checkSocket } from './rules-socket.ts';
import type { CheckedConfiguration } from './schema.ts';
import { checkShape } from './shape.ts';

/**
 * Everything that is wrong with a configuration as it was written; `checked` only where nothing is. `others`: ids of apps that
 * were left out of it, for they wait for a secret.
 */
export function check(
  written: unknown,
  others: readonly string[] = [],
): { findings: Finding[]; checked: null } | { findings: null; checked: CheckedConfiguration } {
  const { root, findings: ofPlaces } = mend(written);
  const { findings: ofShape, checked } = checkShape(root);
  const findings = [
    ...ofPlaces,
    ...listOf(mappingOf(root).apps).flatMap((app, index) => checkApp(app, ['apps', index])),
    ...ofShape,
    ...checkListen(root),
    ...checkSocket(root),
    ...checkConflicts(root, others),
  ];
  return checked && findings.length === 0 ? { findings: null, checked } : { findings, checked: null };
}
