import { withShortCommits } from '../../wording/index.ts';
import type { Problem } from '../client/index.ts';
import { Command } from './command.tsx';

/** What went wrong, why it may be so, and what to do next. */
export function ProblemBox({ problem, retry }: { problem: Problem | null; retry?: () => void }) {
  if (problem === null) return null;
  const { message, hint, next } = problem;
  return (
    <div class="problem" role="alert">
      <strong>{sentence(withShortCommits(message))}</strong>
      {hint !== null && <p class="hint">{sentence(withShortCommits(hint))}</p>}
      {next !== null && <Command text={next} title="What to do next" />}
      {retry !== undefined && (
        <div class="buttons">
          <button type="button" class="button small" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}

/** The agent's messages begin in lower case, to be put into a line. What begins with a name of ours keeps it. */
export function sentence(text: string): string {
  if (/^\S*[/@.\d]/.test(text)) return text;
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
