/** What proves to the authority that a name is this host's. */
export interface Challenge {
  /** Without `*.`. */
  name: string;
  /** Of HTTP-01. */
  token: string;
  /** What is to be found: as the answer to a request, or in a TXT record. */
  content: string;
}

/** The way in which names are proven. */
export interface Prover {
  kind: 'http-01' | 'dns-01';
  /** Resolves when all of them can be found. */
  present(challenges: readonly Challenge[], signal: AbortSignal): Promise<void>;
  /** Takes away whatever there is of them. */
  cleanUp(challenges: readonly Challenge[]): Promise<void>;
}

/** Where a request of HTTP-01 goes to: RFC 8555, section 8.3. Null for a token that is none. */
export function challengePath(token: string): string | null {
  return /^[A-Za-z0-9_-]{1,200}$/.test(token) ? `/.well-known/acme-challenge/${token}` : null;
}

/** RFC 8555, section 8.4. */
export function recordName(name: string): string {
  return `_acme-challenge.${name}`;
}
