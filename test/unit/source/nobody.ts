import fs from 'node:fs';
import { onTestFinished } from 'vitest';

const NOBODY = 65_534;

/**
 * From here to the end of the test, a user to whom file modes matter: root becomes nobody. Gives a chmod that whoever
 * started the tests does.
 */
export function becomeNobody(): (file: string, mode: number) => void {
  if (process.geteuid?.() !== 0) return fs.chmodSync;
  process.seteuid?.(NOBODY);
  onTestFinished(() => process.seteuid?.(0));
  return (file, mode) => {
    process.seteuid?.(0);
    fs.chmodSync(file, mode);
    process.seteuid?.(NOBODY);
  };
}
