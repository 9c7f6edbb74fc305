import {
  type Clock,
  messageOf,
  parseSecretReference,
  type SecretReference,
  SlipwayError,
  withDeadline,
} from '../kernel/index.ts';
import type { Store } from './store.ts';
import { valueOf } from './value.ts';

/** A store that does not answer by then is not there. */
const DEADLINE_MS = 15_000;
const AT_ONCE = 8;

export type Outcome = { value: string } | { failure: SlipwayError };

/** Reads what some references stand for, each secret once. One that fails keeps no other from being read. */
export async function readAll(
  store: Store,
  references: readonly string[],
  { clock, signal }: { clock: Clock; signal?: AbortSignal },
): Promise<Map<string, Outcome>> {
  const parsed = references.flatMap((text) => ({ text, ...parseSecretReference(text) }));
  const names = [...new Set(parsed.flatMap(({ name }) => name ?? []))];
  const texts = new Map<string, Outcome>();
  const late = await withDeadline({ ms: DEADLINE_MS, clock, signal }, async (over) => {
    const left = names.values();
    const readSome = async () => {
      for (const name of left) texts.set(name, await readOne(store, name, over));
    };
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, names.length) }, readSome));
  });
  const none: Outcome = { failure: noAnswer(store, late === 'late') };
  return new Map(
    parsed.map(({ text, name, key }) => {
      const whole = (name !== undefined && texts.get(name)) || none;
      return [
        text,
        'value' in whole && name !== undefined ? pick({ name, key: key ?? null }, whole.value) : whole,
      ];
    }),
  );
}

async function readOne(store: Store, name: string, signal: AbortSignal): Promise<Outcome> {
  try {
    return { value: await store.read(name, signal) };
  } catch (error) {
    if (error instanceof SlipwayError) return { failure: error };
    return {
      failure: new SlipwayError('secret_unreachable', {
        message: `the secret ${name} cannot be read from ${store.address}: ${messageOf(error)}`,
        cause: error,
      }),
    };
  }
}

function pick(reference: SecretReference, text: string): Outcome {
  try {
    return { value: valueOf(reference, text) };
  } catch (error) {
    if (error instanceof SlipwayError) return { failure: error };
    throw error;
  }
}

function noAnswer({ address }: Store, isLate: boolean): SlipwayError {
  return new SlipwayError('secret_unreachable', {
    message: isLate ? `${address} did not answer within ${DEADLINE_MS / 1000} s` : `${address} was not asked`,
  });
}
