import { expect, test } from 'vitest';
import { decideAutomatic, isGivenUp } from '../../../src/app/automatic-decision.ts';

const app = {
  name: 'web',
  environment: 'production',
  stopped: false,
  pinned: null,
  live: null,
  liveSince: null,
  nextNumber: 1,
  actedVersion: null,
  actedHash: null,
  actedArchive: null,
  believedAt: null,
  believedDigest: null,
};
const offer = { version: '1.0.0', hash: 'a', archive: '10:1' };
const acted = { ...app, actedVersion: '1.0.0', actedHash: 'a', actedArchive: '10:1' };
const decide = (change: Partial<Parameters<typeof decideAutomatic>[0]>) =>
  decideAutomatic({ auto: true, offer, app, ghosts: [], last: null, ...change }).deploy;
const ghost = { name: 'web', environment: 'production', version: '1.0.0', reason: 'bad', at: 1 };

test('it acts on a new offer, another hash of a version, and an old version offered again', () => {
  expect(decide({})).toBe(true);
  expect(decide({ app: { ...acted, actedHash: 'b' } })).toBe(true);
  expect(decide({ app: { ...acted, actedVersion: '2.0.0' } })).toBe(true);
});

test('it does not act twice on one offer, whether that succeeded, failed or was cancelled', () => {
  for (const state of ['succeeded', 'failed', 'rolled_back', 'cancelled'] as const)
    expect(decide({ app: acted, last: { state, errorCode: 'pre_command_failed' } })).toBe(false);
});

test('it does not act for a person who stopped or pinned the app, nor when it is switched off', () => {
  expect(decide({ app: { ...app, stopped: true } })).toBe(false);
  expect(decide({ app: { ...app, pinned: '0.9.0' } })).toBe(false);
  expect(decide({ auto: false })).toBe(false);
  expect(decide({ offer: null })).toBe(false);
});

test('a ghosted version is left alone until its hash changes; by hand, whatever its hash', () => {
  expect(decide({ ghosts: [{ ...ghost, hash: 'a' }] })).toBe(false);
  expect(decide({ ghosts: [{ ...ghost, hash: 'b' }] })).toBe(true);
  expect(decide({ ghosts: [{ ...ghost, hash: null }] })).toBe(false);
});

test('an archive that could not be used is tried again when it was replaced, and only then', () => {
  for (const errorCode of ['archive_refused', 'archive_replaced', 'signature_refused'] as const) {
    const last = { state: 'failed', errorCode } as const;
    expect(decide({ app: acted, last })).toBe(false);
    expect(decide({ app: { ...acted, actedArchive: '9:1' }, last })).toBe(true);
  }
  expect(
    decide({ app: { ...acted, actedArchive: '9:1' }, last: { state: 'succeeded', errorCode: null } }),
  ).toBe(false);
});

test.each(['bucket_unreachable', 'repository_unreachable'] as const)(
  'an offer that could not be fetched is worth another attempt after a while: %s',
  (errorCode) => {
    const last = { state: 'failed', errorCode } as const;
    const decided = (change: object) =>
      decideAutomatic({ auto: true, offer, app: acted, ghosts: [], last, ...change });
    expect(decided({})).toMatchObject({ deploy: false, again: true });
    expect(decided({ app: { ...acted, pinned: '1.0.0' } })).not.toHaveProperty('again');
    expect(decided({ last: { state: 'succeeded', errorCode: null } })).not.toHaveProperty('again');
  },
);

test('a tag that a deleted newer one leaves behind is not gone back to', () => {
  expect(decideAutomatic({ auto: true, offer, app, ghosts: [], last: null, behind: 'v2' })).toEqual({
    deploy: false,
    reason: 'it is older than v2, which was deployed before',
  });
});

test('an offer is given up when its own deployment did not go live, whatever others came to', () => {
  for (const state of ['failed', 'rolled_back', 'cancelled'] as const) {
    expect(isGivenUp({ kind: 'site', state })).toBe(true);
    expect(isGivenUp({ kind: 'rollback', state })).toBe(false);
    expect(isGivenUp({ kind: 'env', state })).toBe(false);
  }
  for (const state of ['succeeded', 'superseded', 'running'] as const)
    expect(isGivenUp({ kind: 'full', state })).toBe(false);
});
