import { expect, test } from 'vitest';
import { SlipwayError, systemClock } from '../../../src/kernel/index.ts';
import { type Outcome, readAll, type Store } from '../../../src/secret/index.ts';

/** A store with what stands behind it. Names are letters, digits and `_`. */
export interface StoreGround {
  store: Store;
  put(name: string, text: string): void;
  /** It is there, and the agent is not let read it. Absent: the store has no such thing. */
  deny?(name: string): void;
  /** Nothing answers any more. Absent: it is on this host. */
  stop?(): Promise<void>;
}

const VALUE = 'Grüße "quoted" $HOME \\ end\nand a second line';

/** What every store of secrets holds to. */
export function holdsToTheContract(makeGround: () => Promise<StoreGround>): void {
  const read = async ({ store }: StoreGround, ...references: string[]) =>
    Object.fromEntries(await readAll(store, references, { clock: systemClock }));
  const failure = (outcome: Outcome | undefined): SlipwayError => {
    if (outcome && 'failure' in outcome) return outcome.failure;
    throw new Error(`no failure: ${JSON.stringify(outcome)}`);
  };

  test('a secret is read as it is now, and by the keys of its JSON object', async () => {
    const ground = await makeGround();
    ground.put('plain', VALUE);
    ground.put('object', JSON.stringify({ USER: 'shop', PORT: 5432, PASSWORD: VALUE, NONE: null }));
    expect(await read(ground, 'plain', 'object#PASSWORD', 'object#PORT', 'object#USER')).toEqual({
      plain: { value: VALUE },
      'object#PASSWORD': { value: VALUE },
      'object#PORT': { value: '5432' },
      'object#USER': { value: 'shop' },
    });
    ground.put('plain', 'changed');
    expect(await read(ground, 'plain')).toEqual({ plain: { value: 'changed' } });
  });

  test('missing, no such key and not JSON are told apart, and keep no other from being read', async () => {
    const ground = await makeGround();
    ground.put('plain', 'SECRET that is no JSON');
    ground.put('object', '{"USER":"hidden value","LIST":[1]}');
    const found = await read(ground, 'gone', 'plain#KEY', 'object#KEY', 'object#LIST', 'object#USER');
    expect(found['object#USER']).toEqual({ value: 'hidden value' });
    expect(failure(found.gone)).toMatchObject({
      code: 'secret_missing',
      message: expect.stringContaining('gone'),
      next: expect.stringContaining('gone'),
    });
    expect(failure(found['plain#KEY'])).toMatchObject({
      code: 'secret_malformed',
      message: 'the secret plain is not JSON, so it has no keys',
    });
    expect(failure(found['object#KEY'])).toMatchObject({
      code: 'secret_malformed',
      message: 'the secret object has no key KEY',
      hint: 'it has USER, LIST',
    });
    expect(failure(found['object#LIST']).code).toBe('secret_malformed');
    const told = JSON.stringify(
      Object.values(found).map((each) => ('failure' in each ? each.failure : null)),
    );
    expect(told).not.toMatch(/SECRET that|hidden value/);
  });

  test('what may not be read is denied, with what mends it', async () => {
    const ground = await makeGround();
    if (!ground.deny) return;
    ground.put('locked', 'a value');
    ground.deny('locked');
    expect(failure((await read(ground, 'locked')).locked)).toMatchObject({
      code: 'secret_denied',
      message: expect.stringContaining('locked'),
      next: expect.any(String),
    });
  });

  test('a store that is gone is unreachable, and read again when it is back', async () => {
    const ground = await makeGround();
    if (!ground.stop) return;
    ground.put('plain', VALUE);
    await read(ground, 'plain');
    await ground.stop();
    expect(failure((await read(ground, 'plain')).plain)).toMatchObject({
      code: 'secret_unreachable',
      message: expect.stringContaining('plain'),
    });
  });
}
