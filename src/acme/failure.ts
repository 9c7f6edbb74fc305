import { safeText } from '../kernel/index.ts';

/**
 * `unreachable`: nobody could be asked, or nobody could answer. `limited`: the authority wants to be asked less. `refused`: it has said no.
 * `interrupted`: the agent ended in the midst.
 */
export type FailureKind = 'unreachable' | 'limited' | 'refused' | 'interrupted';

const LONGEST = 500;

/** The same in what a thread can be sent. */
export interface WrittenFailure {
  kind: FailureKind;
  message: string;
  status: number | null;
  retryAfterMs: number | null;
  names: [name: string, reason: string][];
}

/** Why there is no certificate, in the authority's words where it has said some. */
export class AcmeFailure extends Error {
  readonly kind: FailureKind;
  /** HTTP status of the authority's answer; null where there was none. */
  readonly status: number | null;
  /** When it wants to be asked again; null where it does not say. */
  readonly retryAfterMs: number | null;
  /** Names that it could not satisfy itself of, each with the reason; empty where it is about all of them. */
  readonly names: ReadonlyMap<string, string>;

  constructor(
    kind: FailureKind,
    message: string,
    more: { status?: number | null; retryAfterMs?: number | null; names?: ReadonlyMap<string, string> } = {},
  ) {
    super(safeText(message, { maxLength: LONGEST }));
    this.kind = kind;
    this.status = more.status ?? null;
    this.retryAfterMs = more.retryAfterMs ?? null;
    this.names = more.names ?? new Map();
  }

  static read({ kind, message, names, ...more }: WrittenFailure): AcmeFailure {
    return new AcmeFailure(kind, message, { ...more, names: new Map(names) });
  }

  get written(): WrittenFailure {
    const { kind, message, status, retryAfterMs, names } = this;
    return { kind, message, status, retryAfterMs, names: [...names] };
  }
}
