import path from 'node:path';
import { findScript, type Script } from './relup.ts';
import { readTerm } from './text-file.ts';

/**
 * Makes the script of the relup that one of two releases, as they were unpacked, brought with it: the wanted one for
 * the way up, the running one for the way down. It comes before whatever systools would make of the appups.
 * @throws SlipwayError `term_malformed`
 */
export function prebuiltScript(
  trees: { running: string; wanted: string },
  { from, to }: { from: string; to: string },
): { direction: 'up' | 'down'; script: Script } | null {
  const places = [
    { direction: 'up', file: path.join(trees.wanted, 'releases', to, 'relup') },
    { direction: 'down', file: path.join(trees.running, 'releases', from, 'relup') },
  ] as const;
  for (const { direction, file } of places) {
    const relup = readTerm(file);
    const script = relup && findScript(relup, { from, to });
    if (script) return { direction, script };
  }
  return null;
}
