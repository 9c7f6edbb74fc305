import type { Configuration } from '../../config/index.ts';
import type { SlipwayError } from '../../kernel/index.ts';
import { localTime } from '../../wording/index.ts';

/** A secret that cannot be read, or whose value does not fit. */
export interface SecretProblem {
  /** `name`, or `name#KEY`. */
  secret: string;
  code: SlipwayError['code'];
  reason: string;
  next: string | null;
  /** Ids of the apps that name it. */
  apps: string[];
  /** When the value was read that stays in force; null: none was ever known, and the apps wait. */
  knownSince: number | null;
}

/** In one line; `now`: whether the apps are there in spite of it. */
export function problemText({ reason, apps, knownSince }: SecretProblem): string {
  const who = apps.join(', ');
  const isOne = apps.length === 1;
  const then =
    knownSince === null
      ? `${who} ${isOne ? 'waits' : 'wait'} for it`
      : `${who} ${isOne ? 'goes' : 'go'} on with the value of ${localTime(new Date(knownSince).toISOString())}`;
  return `${reason}; ${then}`;
}

/** Why an app waits. */
export function reasonOf(id: string, problems: readonly SecretProblem[]): string {
  const own = problems.filter(({ apps }) => apps.includes(id));
  if (own.length === 0) return 'it waits for its secrets, which were not read yet';
  return `it waits for ${own.length === 1 ? 'a secret' : `${own.length} secrets`}: ${own.map(({ reason }) => reason).join('; ')}`;
}

/** Names of the secrets that an app waits for; none where they were not read yet. */
export function waitsFor(id: string, problems: readonly SecretProblem[]): string[] {
  return problems
    .filter(({ apps, knownSince }) => knownSince === null && apps.includes(id))
    .map(({ secret }) => secret);
}

/** Apps that name a secret. */
export function appsOf({ references }: Configuration, secret: string): string[] {
  return [...new Set(references.filter((each) => each.secret === secret).map(({ app }) => app))];
}
