import type { Clock } from '../kernel/index.ts';
import { waitAfter } from './back-off.ts';
import type { Prover } from './challenge.ts';
import { othersOf, type Standing } from './due.ts';
import { AcmeFailure } from './failure.ts';
import { type AcmeFolder, newKey } from './folder.ts';
import type { Group } from './group.ts';
import type { Authority } from './order.ts';
import { orderBeside } from './order-beside.ts';
import type { GroupRecord, OpenOrder } from './record.ts';

export interface AttemptOptions {
  folder: AcmeFolder;
  group: Group;
  authority: Omit<Authority, 'accountKey'>;
  prover: Prover;
  clock: Clock;
  /** From 0 to 1. */
  random: () => number;
  signal: AbortSignal;
  /** Called before each step, with its name. */
  onStep?: ((step: string) => void) | undefined;
}

/** `certificate`: another one is there than before. `failure`: not all names have one, and why. */
export interface Attempt {
  certificate: boolean;
  failure: string | null;
}

/**
 * Asks for the certificate of a group once. What it will have failed of if the agent ends in the midst is written down before
 * anybody is asked, so that no agent that dies again and again asks again and again; so is the key, and then where the order
 * is: the next attempt goes on with it. Names that fail keep no others from a certificate.
 */
export async function attempt(options: AttemptOptions): Promise<Attempt> {
  const { folder, group, clock } = options;
  folder.prepare();
  try {
    await obtain(options, group.names);
    return { certificate: true, failure: null };
  } catch (error) {
    const failure = failureIn(error, options);
    fail(options, failure);
    const others = othersOf(standingOf(options), failure.names, clock.now());
    if (others.length === 0) return { certificate: false, failure: failure.message };
    const done = await obtain(options, others).then(
      () => true,
      (second: unknown) => {
        // What keeps the others from theirs is another reason, which is told as well.
        fail(options, failureIn(second, options), failure);
        return false;
      },
    );
    return { certificate: done, failure: folder.record(group.id).failure?.reason ?? failure.message };
  }
}

async function obtain(options: AttemptOptions, names: readonly string[]): Promise<void> {
  const { folder, group, authority, prover, signal, onStep } = options;
  const { directory } = authority;
  const isAll = names === group.names;
  const update = (change: Partial<GroupRecord>) =>
    folder.writeRecord(group.id, { ...folder.record(group.id), ...change });
  onStep?.('begin');
  const order = openOrder(folder.record(group.id).order, { directory, names });
  if (isAll) {
    const interrupted = new AcmeFailure('interrupted', 'the agent ended while the certificate was asked for');
    fail(options, interrupted, null, order);
  } else update({ order });
  onStep?.('order');
  const ask = async ({ key, url }: OpenOrder) =>
    await orderBeside({
      authority: { ...authority, accountKey: folder.accountKey(directory) },
      ...{ names, key, url, prover, signal },
      opened: (opened) => {
        update({ order: { ...order, key, url: opened } });
        onStep?.('opened');
      },
    });
  const chain = await ask(order).catch(async (error: unknown) => {
    // The authority keeps no order for ever: another one is begun, with the same key.
    if (order.url === null || !(error instanceof AcmeFailure) || !isGone(error)) throw error;
    return await ask({ ...order, url: null });
  });
  onStep?.('certificate');
  folder.writeCertificate(group.id, { chain, key: order.key });
  onStep?.('written');
  update({ certificateOf: directory, order: null, ...(isAll && { failures: 0, failure: null }) });
  onStep?.('end');
}

function isGone({ kind, names }: AcmeFailure): boolean {
  return kind === 'refused' && names.size === 0;
}

/** The one that was begun, where it is for the same; else one with a key of its own. */
function openOrder(
  begun: OpenOrder | null,
  { directory, names }: { directory: string; names: readonly string[] },
): OpenOrder {
  if (begun !== null && begun.directory === directory && begun.names.join() === names.join())
    return { ...begun, resumed: begun.resumed + 1 };
  return { directory, names: [...names], key: newKey(), url: null, resumed: 0 };
}

/** `first`: the failure of the same attempt before it, which the next one is waited for by, too. */
function fail(
  { folder, group, authority, clock, random }: AttemptOptions,
  failure: AcmeFailure,
  first: AcmeFailure | null = null,
  order: OpenOrder | null = null,
): void {
  const former = folder.record(group.id);
  // The attempt is counted when it begins.
  const failures = failure.kind === 'interrupted' ? former.failures + 1 : former.failures;
  const waitMs = Math.max(
    ...[failure, ...(first ? [first] : [])].map((each) => waitAfter(each, failures, random())),
  );
  // What was only cut off is gone on with; what the authority has said no to is not.
  const isKept = failure.kind === 'unreachable';
  const atMs = clock.now();
  folder.writeRecord(group.id, {
    ...former,
    failures,
    order: failure.kind === 'interrupted' ? order : isKept ? former.order : null,
    failure: {
      ...{ atMs, kind: failure.kind, directory: authority.directory, nextMs: atMs + waitMs },
      reason: first === null ? failure.message : `${first.message}; ${failure.message}`,
      names: [...group.names],
      failed: [...failure.names.keys(), ...(first?.names.keys() ?? [])],
    },
  });
}

function failureIn(error: unknown, { signal }: AttemptOptions): AcmeFailure {
  signal.throwIfAborted();
  if (error instanceof AcmeFailure) return error;
  throw error;
}

function standingOf({ folder, group, authority }: AttemptOptions): Standing {
  const { id } = group;
  return {
    group,
    directory: authority.directory,
    certificate: folder.certificate(id),
    record: folder.record(id),
  };
}
