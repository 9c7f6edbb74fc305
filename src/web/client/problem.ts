/** What the agent refused, or why it was not reached, as a person is to read it: the API's problem document. */
export class Problem extends Error {
  readonly code: string;
  /** Of HTTP; 0 where no answer came. */
  readonly status: number;
  readonly hint: string | null;
  /** The command to type next. */
  readonly next: string | null;

  constructor(details: {
    code: string;
    status: number;
    message: string;
    hint?: string | null;
    next?: string | null;
  }) {
    super(details.message);
    this.name = 'Problem';
    this.code = details.code;
    this.status = details.status;
    this.hint = details.hint ?? null;
    this.next = details.next ?? null;
  }
}

/** Of the body of an answer, which may come from anything between here and the agent. */
export function problemOf(body: unknown, status: number): Problem {
  const { code, message, detail, title, hint, next } = (body ?? {}) as Record<string, unknown>;
  const text = [message, detail, title].find((each): each is string => typeof each === 'string');
  return new Problem({
    code: typeof code === 'string' ? code : 'failed',
    status,
    message: text ?? `the answer was ${status}, without a word of why`,
    hint: typeof hint === 'string' ? hint : null,
    next: typeof next === 'string' ? next : null,
  });
}

/** Of anything thrown. */
export function asProblem(thrown: unknown): Problem {
  if (thrown instanceof Problem) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Problem({ code: 'failed', status: 0, message });
}

export function unreachable(): Problem {
  return new Problem({
    code: 'agent_unreachable',
    status: 0,
    message: 'the agent does not answer',
    hint: 'the apps do not need it to go on',
    next: 'systemctl status slipway',
  });
}
