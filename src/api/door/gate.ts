import type { IncomingMessage } from 'node:http';
import type { Access, Principal } from '../../access/index.ts';
import { type Clock, messageOf, SlipwayError } from '../../kernel/index.ts';
import type { Caller } from '../backend.ts';
import { actionOf } from '../deeds.ts';
import { ACTOR_HEADER } from '../routes.ts';
import type { Visit } from '../visit.ts';
import { type Claim, claimOf } from './claim.ts';
import { setCookie } from './cookie.ts';
import { refuseForged } from './forgery.ts';
import { addressOf } from './forwarded.ts';
import type { Lasting } from './lasting.ts';
import type { OwnNames } from './own-address.ts';
import { WrongClaims } from './wrong-claims.ts';

export interface GateOptions {
  access: Access;
  clock: Clock;
  lasting: Lasting;
  /** As it is in force now. */
  own: () => OwnNames;
}

/** What the answer is to set besides. */
export type SetHeader = (name: string, value: string) => void;

/** Finds out who comes over TCP, before anything else of a request is looked at. */
export class Gate {
  private readonly options: GateOptions;
  private readonly wrong: WrongClaims;

  constructor(options: GateOptions) {
    this.options = options;
    this.wrong = new WrongClaims(options.clock);
  }

  /**
   * Somebody who is known.
   * @throws SlipwayError `unauthenticated`, `login_delayed`; `forbidden` where another site may have sent it
   */
  known(request: IncomingMessage, setHeader: SetHeader): Visit {
    const claim = this.claimOf(request);
    const principal = this.whose(claim);
    if (principal === null) throw this.unknown(request, claim);
    try {
      refuseForged(request, this.options.own(), { byCookie: claim.kind === 'cookie' });
    } catch (error) {
      this.noteForged(request, principal, error);
      throw error;
    }
    return this.visit(request, setHeader, { claim, principal });
  }

  /** Somebody who may be on his way in, or is in. Errors: `forbidden`, as above. */
  anybody(request: IncomingMessage, setHeader: SetHeader): Visit {
    const claim = this.claimOf(request);
    const principal = this.whose(claim);
    refuseForged(request, this.options.own(), { byCookie: claim.kind !== 'bearer' });
    return this.visit(request, setHeader, { claim, principal });
  }

  private noteForged(request: IncomingMessage, { name }: Principal, error: unknown): void {
    const { method, url = '' } = request;
    const subject = `${method} ${url.split('?', 1)[0]}`;
    const address = this.addressOf(request);
    const about = { actor: name, address, app: null, action: 'request', subject };
    this.options.access.audit.refused(about, messageOf(error));
  }

  private whose(claim: Claim): Principal | null {
    return 'credentials' in claim ? this.options.access.authenticate(claim.credentials) : null;
  }

  private unknown(request: IncomingMessage, { kind }: Claim): SlipwayError {
    const next = 'slipway token create --name NAME --role ROLE';
    if (kind === 'none')
      return new SlipwayError('unauthenticated', { message: 'log in, or send an API token', next });
    if (this.wrong.add(this.addressOf(request) ?? ''))
      return new SlipwayError('login_delayed', {
        message: 'too many wrong sessions and tokens came from your address',
        hint: 'the right one is let in at any time',
      });
    return new SlipwayError('unauthenticated', {
      message: 'what was sent lets nobody in: it has expired, was revoked, or never was',
      next,
    });
  }

  private visit(
    request: IncomingMessage,
    setHeader: SetHeader,
    { claim, principal }: { claim: Claim; principal: Principal | null },
  ): Visit {
    const { access, lasting } = this.options;
    const caller = callerFor(request, principal, this.addressOf(request));
    return {
      caller,
      principal,
      cookie: (value) => setHeader('set-cookie', setCookie(value, { isSecure: this.isSecure })),
      hold: (end) =>
        lasting.hold({
          id: principal?.session ?? `token:${principal?.token}`,
          owner: `${caller.principal.kind} ${caller.actor}`,
          isGood: () => isSame(principal, this.whose(claim)),
          end,
        }),
      refused({ operation, app, subject, reason }) {
        const { actor, address } = caller;
        access.audit.refused({ actor, address, app, action: actionOf(operation), subject }, reason);
      },
    };
  }

  private claimOf(request: IncomingMessage): Claim {
    return claimOf(request, { isSecure: this.isSecure });
  }

  /** Whether browsers come over TLS. */
  private get isSecure(): boolean {
    const { tls, behindProxy } = this.options.own().settings;
    return tls !== null || behindProxy;
  }

  private addressOf(request: IncomingMessage): string | null {
    return addressOf(request, this.options.own().settings.behindProxy);
  }
}

const STRANGER: Principal = {
  kind: 'user',
  name: 'nobody',
  role: 'viewer',
  apps: [],
  session: null,
  token: null,
};

function callerFor(request: IncomingMessage, principal: Principal | null, address: string | null): Caller {
  const who = principal ?? STRANGER;
  const isCommandLine = who.kind === 'token' && request.headers[ACTOR_HEADER] !== undefined;
  const trigger = who.kind === 'user' ? 'page' : isCommandLine ? 'cli' : 'api';
  const browser = request.headers['user-agent'] ?? null;
  return { trigger, actor: who.name, address, browser, principal: who };
}

/** Whether nothing has changed of what somebody may do. */
function isSame(before: Principal | null, now: Principal | null): boolean {
  if (before === null || now === null) return false;
  return before.role === now.role && String(before.apps) === String(now.apps);
}
