import { withShortCommits } from '../../wording/index.ts';
import type { Problem } from '../client/index.ts';
import { Command } from './command.tsx';

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

/** With these a message begins, and not with a name, which has no capital. */
const FIRST_WORDS =
  /^(the|an?|there|its?|nothing|no|not|what|which|this|that|log|only|users?|you|your|all|each|every|automatic|another|some\w*|ended|killed|stopped|cancelled|superseded|exited|answers|release|version|deployment|source|waits?|too|whoever|one|by)\b(?!\/)/;

/** The agent's messages begin in lower case, to be put into a line. */
export function sentence(text: string): string {
  return FIRST_WORDS.test(text) ? text.slice(0, 1).toUpperCase() + text.slice(1) : text;
}
