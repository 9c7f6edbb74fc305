import { expect, onTestFinished, test } from 'vitest';
import { timeline } from '../../../src/agent/history/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const key = { name: 'web', environment: 'production' };
const apps = [{ key, id: 'web' }];
const asked = {
  apps,
  known: null,
  app: 'web',
  from: null,
  to: null,
  before: null,
  limit: 1000,
  leading: false,
};

/** A journal in which a deployment brought a bad release, and it was taken back; times are seconds. */
function night(): Journal {
  const journal = Journal.open(temporaryFolder());
  onTestFinished(() => journal.close());
  const offer = { version: '1.1.0', hash: null, sha256: null, commit: null, ref: null, preCommands: [] };
  const at = (s: number) => s * 1000;
  journal.write('a night', (tables) => {
    for (const [number, version] of [
      [1, '1.0.0'],
      [2, '1.1.0'],
    ] as const)
      tables.addRelease({
        ...key,
        ...{ number, version, hash: null, commitId: null, state: 'ready', provenAt: null, directory: '/x' },
        ...{ createdAt: 0, sizeBytes: null, removedAt: null },
      });
    const id = tables.addDeployment({
      ...key,
      ...{ kind: 'full', state: 'queued', release: 2, version: '1.1.0', hash: null, commitId: null },
      offer: { ...offer, archive: null, upload: null },
      ...{ triggerBy: 'cli', actor: 'ada', liveBefore: 1, backTo: 1, hot: null, goingBack: null },
      ...{ errorCode: null, reason: null, queuedAt: at(99), startedAt: at(100), endedAt: null },
    });
    tables.updateDeployment(id, { state: 'rolled_back', reason: '3 unexpected exits', endedAt: at(130) });
    const run = (id: string, release: number, from: number, end: [number, string, boolean] | null) =>
      tables.putRun({
        ...key,
        ...{ id, unit: '1', release, kind: 'full', pid: 7, startedAt: at(from), status: end ? 1 : null },
        ...{ signal: null, endedAt: end && at(end[0]), reason: end && end[1], unexpected: end && end[2] },
        stderr: end?.[2] ? ['one', 'no database'] : null,
      });
    run('a', 1, 10, [101, 'replaced', false]);
    run('b', 2, 102, [104, 'exit status 1', true]);
    run('c', 1, 131, null);
    tables.events.add([
      {
        seq: 1,
        at: at(50),
        app: 'web',
        type: 'version.pinned',
        message: 'web: pinned to 1.0.0 (ada)',
        instance: null,
        deployment: null,
      },
      {
        seq: 2,
        at: at(102),
        app: 'web',
        type: 'instance.launching',
        message: 'noise',
        instance: 'web/1',
        deployment: null,
      },
      {
        seq: 3,
        at: at(132),
        app: 'web',
        type: 'instance.ready',
        message: 'web/1 is ready: it answers',
        instance: 'web/1',
        deployment: null,
      },
      {
        seq: 4,
        at: at(140),
        app: null,
        type: 'config.applied',
        message: 'web: replicas changed',
        instance: null,
        deployment: null,
      },
      {
        seq: 5,
        at: at(141),
        app: null,
        type: 'config.applied',
        message: 'shop: replicas changed',
        instance: null,
        deployment: null,
      },
      {
        seq: 6,
        at: at(142),
        app: 'shop',
        type: 'instance.ready',
        message: 'shop/1 is ready',
        instance: 'shop/1',
        deployment: null,
      },
    ]);
  });
  return journal;
}

test('a night is told in its order: who did what, what ran, how it ended and why', () => {
  const entries = timeline(night(), asked).entries;
  expect(entries.map(({ kind, text }) => `${kind}: ${text}`)).toEqual([
    'run: web/1 runs 1.0.0 (pid 7)',
    'action: web: pinned to 1.0.0 (ada)',
    'deployment: deployment 1 of 1.1.0 begins, by ada',
    'exit: web/1 ended: replaced',
    'run: web/1 runs 1.1.0 (pid 7)',
    'exit: web/1 ended unexpectedly: exit status 1',
    'deployment: deployment 1 of 1.1.0 rolled back: 3 unexpected exits',
    'run: web/1 runs 1.0.0 (pid 7)',
    'state: web/1 is ready: it answers',
    'configuration: web: replicas changed',
  ]);
  expect(entries[5]).toEqual({
    ...{ at: '1970-01-01T00:01:44.000Z', kind: 'exit', app: 'web', instance: 'web/1', release: '1.1.0' },
    ...{ text: 'web/1 ended unexpectedly: exit status 1', deployment: null, actor: null, is_bad: true },
    ...{ cursor: '104000.1', last_words: ['one', 'no database'] },
  });
  expect(entries[2]).toMatchObject({ deployment: 1, actor: 'ada', release: '1.1.0' });
});

test('a stretch of time has its own, and if asked for, what went on when it begins', () => {
  const journal = night();
  const texts = (given: object) => timeline(journal, { ...asked, ...given }).entries.map(({ text }) => text);
  expect(texts({ from: 101_500, to: 104_000 })).toEqual([
    'web/1 runs 1.1.0 (pid 7)',
    'web/1 ended unexpectedly: exit status 1',
  ]);
  expect(texts({ from: 20_000, to: 60_000, leading: true })).toEqual([
    'web/1 runs 1.0.0 (pid 7)',
    'web: pinned to 1.0.0 (ada)',
  ]);
  expect(texts({ limit: 2 })).toEqual(['web/1 is ready: it answers', 'web: replicas changed']);
  expect(texts({ from: 110_000, to: 120_000, leading: true })).toEqual([
    'web/1 ended unexpectedly: exit status 1',
  ]);
});

test('what a person did is told once, as the audit has it', () => {
  const journal = night();
  journal.write('audit', ({ audit }) =>
    audit.add({
      ...{ seq: 1, at: 50_100, actor: 'ada', address: null, app: 'web', action: 'pin', subject: 'web 1.0.0' },
      ...{ outcome: 'succeeded', reason: null, before: null, after: null, stranger: false },
    }),
  );
  const ofHost = { actor: 'ada', address: null, app: null, subject: null, before: null, after: null };
  journal.write('audit', ({ audit }) => {
    const refused = { outcome: 'refused', reason: 'a typing error', stranger: false } as const;
    audit.add({ ...ofHost, ...refused, seq: 2, at: 60_000, action: 'config apply' });
    audit.add({ ...ofHost, ...refused, seq: 3, at: 60_001, action: 'log in' });
  });
  const actions = timeline(journal, asked).entries.filter(({ kind }) => kind === 'action');
  expect(actions).toMatchObject([
    { text: 'ada: pin 1.0.0', actor: 'ada', is_bad: false },
    { text: 'ada: config apply: refused, a typing error', app: null, is_bad: true },
  ]);
});

test('it is read page by page, with each entry once, also of many in one moment', () => {
  const journal = night();
  journal.write('events of one moment', ({ events }) =>
    events.add(
      [10, 11, 12, 13, 14].map((seq) => ({
        ...{ seq, at: 100_000, app: 'web', type: 'webhook', message: `push ${seq}` },
        ...{ instance: null, deployment: null },
      })),
    ),
  );
  const whole = timeline(journal, asked);
  expect(whole.next).toBe(null);
  for (const limit of [1, 2, 3, 14, 15]) {
    const pages = [];
    for (let before: string | null = null, isFirst = true; isFirst || before !== null; isFirst = false) {
      const page = timeline(journal, { ...asked, limit, before });
      expect(page.entries.length).toBeGreaterThan(0);
      pages.unshift(...page.entries);
      expect(page.next === null || page.next === page.entries[0]?.cursor).toBe(true);
      before = page.next;
    }
    expect(pages).toEqual(whole.entries);
  }
});

test('what is left out of what was read hides nothing older', () => {
  const journal = night();
  const logIn = { actor: 'ada', address: null, app: null, subject: null, before: null, after: null } as const;
  const done = { outcome: 'succeeded', reason: null, stranger: false } as const;
  journal.write('audit', ({ audit }) => {
    audit.add({ ...logIn, ...done, seq: 1, at: 40_000, action: 'config apply' });
    for (let seq = 2; seq < 30; seq++)
      audit.add({ ...logIn, ...done, seq, at: 200_000 + seq, action: 'log in' });
  });
  const found = [];
  let before: string | null = null;
  for (let page = 0; page < 100; page++) {
    const { entries, next } = timeline(journal, { ...asked, limit: 3, before });
    found.unshift(...entries);
    before = next;
    if (next === null) break;
  }
  expect(found.map(({ at: time, text }) => `${time} ${text}`)).toEqual(
    timeline(journal, { ...asked, limit: 1000 }).entries.map(({ at: time, text }) => `${time} ${text}`),
  );
  expect(found.some(({ text }) => text.includes('config apply'))).toBe(true);
});

test('whoever is let to one app gets whole pages of it, and nothing of the others or the host', () => {
  const journal = night();
  journal.write('events of another app', ({ events }) =>
    events.add(
      Array.from({ length: 40 }, (_, index) => ({
        ...{ seq: 10 + index, at: 200_000 + index, app: index % 10 === 0 ? 'web' : 'shop', type: 'webhook' },
        ...{ message: `push ${index}`, instance: null, deployment: null },
      })),
    ),
  );
  const shop = { key: { name: 'shop', environment: 'production' }, id: 'shop' };
  const all = { ...asked, app: null, apps: [...apps, shop], known: ['web'] };
  const whole = timeline(journal, all).entries;
  expect([...new Set(whole.map(({ app }) => app))]).toEqual(['web']);
  const last = timeline(journal, { ...all, limit: 3 });
  expect(last.entries.map(({ text }) => text)).toEqual(whole.slice(-3).map(({ text }) => text));
  expect(last.next).toBe(last.entries[0]?.cursor);
});
