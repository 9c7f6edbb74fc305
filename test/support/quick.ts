import quick from './quick.json' with { type: 'json' };

/** What `script/test --quick` runs, and the folders that have nothing which takes seconds only. */
export const QUICK: { tests: string[]; without: string[] } = quick;

export function quickTests(): string[] {
  return QUICK.tests;
}
