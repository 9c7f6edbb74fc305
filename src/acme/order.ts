import { createPrivateKey, X509Certificate } from 'node:crypto';
import type * as Acme from 'acme-client';
import { type Clock, sleep } from '../kernel/index.ts';
import type { Challenge, Prover } from './challenge.ts';
import { AcmeFailure } from './failure.ts';
import { acmeLibrary } from './library.ts';
import { problemText } from './problem.ts';
import { isCovered, renewalOf, validityOf } from './validity.ts';

export interface Authority {
  directory: string;
  /** PEM; null: those that the host trusts. */
  authorities: string | null;
  email: string | null;
  accountKey: string;
}

export interface OrderOptions {
  authority: Authority;
  names: readonly string[];
  /** Of the certificate: it is kept before anything is ordered. */
  key: string;
  /** Of an order that was begun. */
  url: string | null;
  /** The authority has taken the order: from now on it can be gone on with. */
  opened: (url: string) => void | Promise<void>;
  prover: Prover;
  clock: Clock;
  signal: AbortSignal;
}

const FIRST_LOOK_MS = 100;
const LONGEST_LOOK_MS = 5000;
const PATIENCE_MS = 180_000;
const MOST_SKEW_MS = 300_000;

/**
 * Orders a certificate, or goes on with an order that was begun, and gives the certificate with those above it, as PEM.
 * @throws AcmeFailure
 */
export async function orderCertificate(options: OrderOptions): Promise<string> {
  const { authority, names, key, clock, signal } = options;
  const { directory, authorities, accountKey, email } = authority;
  const acme = await acmeLibrary({ authorities, signal, now: () => clock.now() });
  const client = new acme.Client({ directoryUrl: directory, accountKey });
  const contact = email === null ? [] : [`mailto:${email}`];
  try {
    // Whoever has an account gets that one: nothing of it need be remembered but its key.
    await client.createAccount({ termsOfServiceAgreed: true, contact });
    const order = await openOrder(client, options);
    if (order.status === 'pending') await prove(client, order, options);
    const ready = await untilDone({ client, order, options, isDone: ({ status }) => status !== 'pending' });
    if (ready.status === 'ready') {
      const [, csr] = await acme.crypto.createCsr({ altNames: [...names] }, key);
      await client.finalizeOrder(ready, csr);
    }
    const valid = await untilDone({ client, order, options, isDone: ({ status }) => status === 'valid' });
    const chain = await client.getCertificate(valid);
    return checked(chain, { names, key, nowMs: clock.now() });
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof AcmeFailure) throw error;
    if (error instanceof OwnFault) throw error.fault;
    // Of the library's own: the answer was none that it understands.
    const message = error instanceof Error ? error.message : String(error);
    throw new AcmeFailure('refused', `the authority's answer is not understood: ${message}`);
  }
}

/** What has failed on this host, and is nothing that the authority has done. */
class OwnFault extends Error {
  readonly fault: unknown;

  constructor(fault: unknown) {
    super('a fault of this host');
    this.fault = fault;
  }
}

async function own(work: () => Promise<void>): Promise<void> {
  await work().catch((error: unknown) => {
    throw error instanceof AcmeFailure ? error : new OwnFault(error);
  });
}

async function openOrder(client: Acme.Client, options: OrderOptions): Promise<Acme.Order> {
  if (options.url !== null) return await client.getOrder({ url: options.url } as Acme.Order);
  const identifiers = options.names.map((value) => ({ type: 'dns', value }));
  const order = await client.createOrder({ identifiers });
  await own(async () => await options.opened(order.url));
  return order;
}

/** Resolves when the authority has satisfied itself of all names. */
async function prove(client: Acme.Client, order: Acme.Order, options: OrderOptions): Promise<void> {
  const { prover, signal } = options;
  const open: { url: string; challenge: Acme.Authorization['challenges'][number]; what: Challenge }[] = [];
  for (const url of order.authorizations) {
    const authorization = await authorizationAt(client, url);
    refuseInvalid([authorization]);
    if (authorization.status !== 'pending') continue;
    const challenge = authorization.challenges.find(({ type }) => type === prover.kind);
    if (challenge === undefined)
      throw new AcmeFailure(
        'refused',
        `the authority does not offer ${prover.kind} for ${nameOf(authorization)}`,
      );
    const content = await client.getChallengeKeyAuthorization(challenge);
    const what = { name: authorization.identifier.value, token: challenge.token, content };
    open.push({ url, challenge, what });
  }
  const challenges = open.map(({ what }) => what);
  try {
    await own(() => prover.present(challenges, signal));
    for (const { challenge } of open)
      if (challenge.status === 'pending') await client.completeChallenge(challenge);
    const looked: Acme.Authorization[] = [];
    for (const { url } of open)
      looked.push(
        await asking(options, async () => {
          const found = await authorizationAt(client, url);
          return found.status === 'pending' ? null : found;
        }),
      );
    refuseInvalid(looked);
  } finally {
    await own(() => prover.cleanUp(challenges));
  }
}

/** One after the other: a hundred at once are more than an authority takes. */
async function authorizationAt(client: Acme.Client, url: string): Promise<Acme.Authorization> {
  const [found] = await client.getAuthorizations({ authorizations: [url] } as Acme.Order);
  if (found === undefined) throw new Error('no authorization');
  return found;
}

function refuseInvalid(authorizations: readonly Acme.Authorization[]): void {
  const names = new Map(
    authorizations
      .filter(({ status }) => status !== 'pending' && status !== 'valid')
      .map((each) => [nameOf(each), whyInvalid(each)]),
  );
  if (names.size === 0) return;
  const told = [...names].map(([name, why]) => `${name}: ${why}`).join('; ');
  throw new AcmeFailure('refused', `the authority could not satisfy itself of ${told}`, { names });
}

function whyInvalid({ status, challenges }: Acme.Authorization): string {
  const told = challenges.find(({ error }) => error);
  return told === undefined ? `it is ${status}` : problemText(told.error);
}

function nameOf({ identifier, wildcard }: Acme.Authorization): string {
  return `${wildcard ? '*.' : ''}${identifier.value}`;
}

async function untilDone(asked: {
  client: Acme.Client;
  order: Acme.Order;
  options: OrderOptions;
  isDone: (order: Acme.Order) => boolean;
}): Promise<Acme.Order> {
  const { client, order, options, isDone } = asked;
  return await asking(options, async () => {
    const found = await client.getOrder(order);
    if (found.status === 'invalid')
      throw new AcmeFailure('refused', `the authority has given the order up: ${problemText(found.error)}`);
    return isDone(found) ? found : null;
  });
}

/** Looks, soon at first and then more seldom, until something is found. */
async function asking<T>({ clock, signal }: OrderOptions, look: () => Promise<T | null>): Promise<T> {
  const untilMs = clock.monotonicMs() + PATIENCE_MS;
  for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_LOOK_MS)) {
    const found = await look();
    if (found !== null) return found;
    if (clock.monotonicMs() > untilMs) throw new AcmeFailure('unreachable', 'the authority takes too long');
    await sleep(waitMs, { clock, signal });
  }
}

/** An authority may give anything; and where this host's clock is wrong, each new certificate would be renewed at once. */
function checked(
  chain: string,
  { names, key, nowMs }: { names: readonly string[]; key: string; nowMs: number },
): string {
  const certificate = new X509Certificate(chain);
  const validity = validityOf(chain);
  const missing = names.filter((name) => !isCovered(name, validity.names));
  const fault = !certificate.checkPrivateKey(createPrivateKey(key))
    ? 'it has another key'
    : missing.length > 0
      ? `it is not for ${missing.join(', ')}`
      : validity.fromMs > nowMs + MOST_SKEW_MS || renewalOf(validity) <= nowMs
        ? `it is for ${new Date(validity.fromMs).toISOString()} to ${new Date(validity.untilMs).toISOString()}, and this host's clock says ${new Date(nowMs).toISOString()}`
        : null;
  if (fault !== null) throw new AcmeFailure('refused', `the certificate that came is not used: ${fault}`);
  return chain;
}
