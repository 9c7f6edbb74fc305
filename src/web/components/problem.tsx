import { withShortCommits } from '../../wording/index.ts';
import type { Problem } from '../client/index.ts';
import { Command } from './command.tsx';
import { sentence } from './sentence.ts';

/** What went wrong, why it may be so, and what to do next. */
export function ProblemBox({ problem, retry }: { problem: Problem | null; retry?: () => void }) {
  if (problem === null) return null;
  const { message, hint, next, status } = problem;
  return (
    <div class="problem" role="alert">
      <strong>{sentence(withShortCommits(message))}</strong>
      {hint !== null && <p class="hint">{sentence(withShortCommits(hint))}</p>}
      {next !== null && <Command text={next} title="What to do next" />}
      {retry !== undefined && status !== 403 && status !== 404 && (
        <div class="buttons">
          <button type="button" class="button small" onClick={retry}>
            Try again
          </button>
        </div>
      )}
    </div>
  );
}
