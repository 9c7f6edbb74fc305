import { lastLines } from './last-lines.ts';
import { logSpan } from './log-span.ts';

const LINES = 20;
const MAX_BYTES = 64 * 1024;

/** Is called before a run begins, and gives what reads the last lines that it has written to a log of all runs. */
export function ownStderr(file: string, { after = logSpan(file).end } = {}): () => string[] {
  return () => lastLines({ file, lines: LINES, maxBytes: MAX_BYTES, after });
}
