import type { Journal } from '../journal/index.ts';
import { type Clock, Event } from '../kernel/index.ts';
import { Audit } from './audit.ts';
import { Moments } from './moments.ts';
import type { Principal } from './role.ts';
import { Sessions } from './sessions.ts';
import { Tokens } from './tokens.ts';

export interface AccessOptions {
  journal: Journal;
  clock: Clock;
  dataDirectory: string;
  env: NodeJS.ProcessEnv;
  /** Gets what the agent's log is to say. */
  log: (message: string) => void;
}

/** What somebody came with: an API token, or the value of his cookie. */
export type Credentials = { bearer: string } | { session: string };

/** Who may come in, and who did what. */
export class Access {
  /** The id of a session, or `token:<id>`, that is over or may do something else now: what hangs on it ends. */
  readonly ended = new Event<string>();
  readonly audit: Audit;
  readonly sessions: Sessions;
  readonly tokens: Tokens;

  constructor({ journal, clock }: AccessOptions) {
    const moments = new Moments(clock);
    const options = { journal, clock, moments, ended: this.ended };
    this.audit = new Audit(journal, clock);
    this.sessions = new Sessions(options);
    this.tokens = new Tokens(options);
  }

  /** Null where they are nobody's, or nobody's any more. Notes their use, at most once a minute. */
  authenticate(credentials: Credentials): Principal | null {
    return 'bearer' in credentials
      ? this.tokens.whose(credentials.bearer)
      : this.sessions.whose(credentials.session);
  }
}
