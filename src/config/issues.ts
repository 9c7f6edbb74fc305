import { isSecretName, redact, SlipwayError } from '../kernel/index.ts';
import { type Finding, pathText, valueAt } from './findings.ts';

/** One error of the configuration. */
export interface ConfigurationIssue {
  /** The file as it was named; null where the value comes from a DEPLOYEX_* variable, which `path` names. */
  file: string | null;
  /** Lines are counted from 1; null where there is no file. */
  line: number | null;
  column: number | null;
  /** `apps[0].ready.http`; empty for the file as a whole. */
  path: string;
  message: string;
  /** The value at fault, where it is short and no secret. */
  value: string | null;
  hint: string | null;
}

const LISTED_MAX = 100;

/** `config_invalid` with every error of the file. What was in force stays so. */
export class ConfigurationError extends SlipwayError {
  readonly issues: readonly ConfigurationIssue[];

  constructor(issues: readonly ConfigurationIssue[]) {
    const sorted = issues.toSorted(
      (a, b) =>
        (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0) || a.path.localeCompare(b.path),
    );
    const shown = sorted.slice(0, LISTED_MAX).map(issueText);
    if (sorted.length > shown.length) shown.push(`and ${sorted.length - shown.length} more`);
    const file = sorted.find((issue) => issue.file !== null)?.file;
    super('config_invalid', {
      message: `the configuration has ${sorted.length === 1 ? 'an error' : `${sorted.length} errors`}:\n${shown.join('\n')}`,
      hint: 'nothing was changed',
      next: file ? `slipway config check --config ${file}` : 'slipway config check',
    });
    this.issues = sorted;
  }
}

/** `file:line:column: path: what is wrong (value) - hint` */
export function issueText(issue: ConfigurationIssue): string {
  const place = [issue.file ?? 'environment', issue.line, issue.column]
    .filter((part) => part !== null)
    .join(':');
  const value = issue.value === null ? '' : ` (${issue.value})`;
  const hint = issue.hint === null ? '' : ` - ${issue.hint}`;
  return `${place}: ${issue.path === '' ? '' : `${issue.path}: `}${issue.message}${value}${hint}`;
}

export function issueOf(
  finding: Finding,
  root: unknown,
  place: Pick<ConfigurationIssue, 'file' | 'line' | 'column'>,
): ConfigurationIssue {
  return {
    ...place,
    path: pathText(finding.path),
    message: redact(finding.message),
    value: finding.at === 'key' ? null : shownValue(finding, root),
    hint: finding.hint === undefined ? null : redact(finding.hint),
  };
}

const SHOWN_LENGTH = 60;

/** Keys whose values may be secret though no name says so. */
const PRIVATE_KEYS = ['env', 'start', 'command', 'reload'];

function shownValue(finding: Finding, root: unknown): string | null {
  const names = finding.path.filter((step) => typeof step === 'string');
  if (names.some((name) => PRIVATE_KEYS.includes(name) || isSecretName(name))) return null;
  const value = valueAt(root, finding.path);
  if (value === null) return 'empty';
  if (typeof value === 'object' || value === undefined) return null;
  const text = redact(String(value));
  const short = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}...` : text;
  const quoted =
    typeof value === 'string' && (/\p{C}/u.test(short) || /^([\d.+-]*|true|false|null)$/.test(short));
  return quoted ? JSON.stringify(short) : short;
}
