import path from 'node:path';
import Database from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { EventLog, readEvents } from '../../../src/agent/events/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { ManualClock } from '../../support/clock.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** An event log over a journal on the disk. `restarted` is what the next agent makes of it, however the first one ended. */
function ground({ folder = temporaryFolder(), kept = 50_000 } = {}) {
  const clock = new ManualClock();
  const journal = Journal.open(folder, clock);
  onTestFinished(() => journal.close());
  const log = new EventLog({ journal, clock, kept });
  let counter = 0;
  return {
    folder,
    clock,
    journal,
    log,
    /** Adds events of kinds of their own, and lets them be told. */
    happen(...messages: string[]): void {
      for (const message of messages) log.add({ app: 'shop', type: `kind${counter++}`, message });
      clock.advance(10);
    },
    reader: (after: string | null = null) => reader(log, clock, after),
    restarted: () => ground({ folder, kept }),
  };
}

/** Reads as a stream does, into a list, until it is cut. */
function reader(log: EventLog, clock: ManualClock, after: string | null) {
  const cut = new AbortController();
  const seen: { id: string; type: string; message: string }[] = [];
  const over = (async () => {
    for await (const event of readEvents(log, { after, signal: cut.signal, clock })) seen.push(event);
  })();
  return {
    seen,
    messages: () => seen.map(({ type, message }) => (type === 'resync' ? type : message)),
    lastId: () => seen.at(-1)?.id ?? after,
    async cut() {
      cut.abort();
      await over;
    },
  };
}

const turns = async () => await new Promise((resolve) => setImmediate(resolve));

test('an event is in the journal before anybody hears of it', async () => {
  const { folder, log, happen, reader } = ground();
  const other = new Database(path.join(folder, 'slipway.db'), { readonly: true });
  onTestFinished(() => void other.close());
  const counts: unknown[] = [];
  log.grown.on(() => counts.push(other.prepare('SELECT count(*) FROM event').pluck().get()));
  const { messages } = reader();
  await turns();
  happen('one', 'two');
  await waitFor('both', () => messages().length === 2);
  expect(counts).toEqual([2]);
  expect(messages()).toEqual(['one', 'two']);
});

test('a stream that is cut a hundred times, its agent too, loses and doubles nothing', async () => {
  let now = ground();
  let stream = now.reader();
  await turns();
  const told: string[] = [];
  const heard: string[] = [];
  let seed = 7;
  const random = (below: number) => {
    seed = (seed * 1103515245 + 12345) % 2 ** 31;
    return seed % below;
  };
  for (let cuts = 0; cuts < 100; cuts++) {
    for (let count = random(4); count > 0; count--) {
      told.push(`event ${told.length}`);
      now.happen(told.at(-1) as string);
      for (let wait = random(3); wait > 0; wait--) await turns();
    }
    await stream.cut();
    heard.push(...stream.messages());
    const after = stream.lastId() ?? now.log.lastId;
    // Every tenth time the agent is another one: what the first has in memory is lost, as after a kill.
    if (cuts % 10 === 9) now = now.restarted();
    if (random(2) === 1) now.happen((told.push(`event ${told.length}`), told.at(-1) as string));
    stream = now.reader(after);
  }
  await waitFor('all of them', () => heard.length + stream.messages().length >= told.length);
  await stream.cut();
  expect([...heard, ...stream.messages()], `seed ${seed}`).toEqual(told);
});

test('a reader who takes nothing for long goes on in the journal, and holds nothing in memory', async () => {
  const { log, clock, happen } = ground();
  const stream = readEvents(log, { after: log.lastId, signal: new AbortController().signal, clock });
  const all = Array.from({ length: 3000 }, (_, index) => `event ${index}`);
  happen(all[0] as string);
  const heard = [(await stream.next()).value?.message];
  for (let at = 1; at < all.length; at += 500) happen(...all.slice(at, at + 500));
  while (heard.length < all.length) heard.push((await stream.next()).value?.message);
  expect(heard).toEqual(all);
  await stream.return(undefined);
});

test('what is kept no longer is told as resync, and what happens then follows it', async () => {
  const { log, happen, reader, restarted } = ground({ kept: 100 });
  happen('first');
  const old = log.lastId;
  for (let batch = 0; batch < 12; batch++)
    happen(...Array.from({ length: 100 }, (_, index) => `${batch} ${index}`));
  const next = restarted();
  for (const id of [old, 'feed:1', '7', '', 'nonsense', `${log.lastId}0`]) {
    const { messages, cut } = next.reader(id);
    await turns();
    expect(messages(), id).toEqual(['resync']);
    next.happen('next');
    await waitFor('the next', () => messages().length === 2);
    expect(messages()[1], id).toBe('next');
    await cut();
  }
  const { messages } = reader(log.lastId);
  await turns();
  expect(messages()).toEqual([]);
});

test('a journal that cannot be written holds nothing up, and nobody goes on from before it', async () => {
  const { clock, journal, log, happen, reader, restarted } = ground();
  happen('before');
  const before = log.lastId;
  const present = reader(before);
  const { note } = journal;
  journal.note = () => {
    throw new Error('database or disk is full');
  };
  happen('unkept one');
  happen('unkept two');
  await waitFor('both', () => present.seen.length === 2);
  const during = present.lastId() as string;
  expect(during.split(':')[0]).not.toBe(before.split(':')[0]);

  // The next agent does not know of them.
  for (const id of [before, during]) {
    const { messages } = restarted().reader(id);
    await turns();
    expect(messages(), id).toEqual(['resync']);
  }

  journal.note = note;
  clock.advance(2000);
  happen('after');
  await waitFor('the one after it', () => present.seen.length === 3);
  expect(present.messages()).toEqual(['unkept one', 'unkept two', 'after']);
  const after = log.lastId;
  happen('last');
  const next = restarted();
  for (const [id, expected] of [
    [before, ['resync']],
    [during, ['resync']],
    [after, ['last']],
  ] as const) {
    const { messages } = next.reader(id);
    await waitFor('an answer', () => messages().length > 0);
    expect(messages(), id).toEqual(expected);
  }
});

test('no id is given twice, whatever becomes of the agent', () => {
  const ids = new Set<string>();
  let now = ground();
  for (let agent = 0; agent < 5; agent++) {
    const { note } = now.journal;
    if (agent % 2 === 1)
      now.journal.note = () => {
        throw new Error('disk full');
      };
    for (let count = 0; count < 3; count++) {
      now.happen('something');
      expect(ids.has(now.log.lastId)).toBe(false);
      ids.add(now.log.lastId);
    }
    now.journal.note = note;
    now = now.restarted();
  }
});

test('a crash loop is told with its newest state, and never in a flood', () => {
  const { log, clock, journal } = ground();
  for (let ms = 0; ms < 10_000; ms += 5) {
    log.add({ app: 'shop', instance: 'shop/1', type: 'instance.backoff', message: `crash ${ms}` });
    log.add({ app: 'shop', instance: 'shop/2', type: `instance.${ms}`, message: `crash ${ms}` });
    clock.advance(5);
  }
  clock.advance(1000);
  const rows = journal.tables.events.after(0, 10_000);
  const first = rows.filter(({ instance }) => instance === 'shop/1');
  expect(first.length).toBeGreaterThan(30);
  expect(first.length).toBeLessThan(45);
  expect(first.at(-1)?.message).toBe('crash 9995');
  expect(rows.length).toBeLessThan(90);
});

test('of more than a thousand at once none is told but that all is to be looked at', () => {
  const { happen, journal } = ground();
  happen(...Array.from({ length: 1500 }, (_, index) => `event ${index}`));
  const rows = journal.tables.events.after(0, 10_000);
  expect(rows.length).toBeLessThan(1000);
  expect(rows[0]?.type).toBe('resync');
  expect(rows.at(-1)?.message).toBe('event 1499');
});

test('the journal keeps the newest, and not many more', () => {
  const { happen, journal } = ground({ kept: 1000 });
  for (let batch = 0; batch < 40; batch++) happen(...Array.from({ length: 100 }, () => 'event'));
  const { first, last } = journal.tables.events.extent() ?? { first: 0, last: 0 };
  expect(last).toBe(4000);
  expect(last - first).toBeGreaterThanOrEqual(999);
  expect(last - first).toBeLessThan(1600);
});
