import { expect, test } from 'vitest';
import { checkNames } from '../../../src/doctor/proxy-names.ts';

const failing = (...missing: string[]) => ({ source: 'acme', missing, failure: { reason: 'so' } }) as const;
const DNS: Record<string, string[] | null> = {
  'here.test': ['127.0.0.1'],
  'elsewhere.test': ['203.0.113.7', '127.0.0.1'],
  'nowhere.test': [],
  'unknown.test': null,
};
const messages = async (...certificates: Parameters<typeof checkNames>[0]) =>
  (await checkNames(certificates, async (name) => DNS[name] ?? null)).map(
    ({ state, message }) => `${state} ${message}`,
  );

test('where a name without a certificate leads is told as far as it is known from here', async () => {
  expect(await messages(failing('here.test', 'unknown.test', '*.nowhere.test'))).toEqual([]);
  expect(await messages(failing('elsewhere.test'))).toEqual([
    expect.stringMatching(
      /^warn elsewhere\.test leads to 203\.0\.113\.7, which is no address of this host itself: /,
    ),
  ]);
  expect(await messages(failing('nowhere.test'))).toEqual([
    expect.stringMatching(/^warn nowhere\.test has no address in the DNS that this host asks/),
  ]);
});

test('names that nothing has failed of are not looked up', async () => {
  const fine = { source: 'acme', missing: ['nowhere.test'], failure: null } as const;
  expect(await messages(fine, { ...failing('nowhere.test'), source: 'file' })).toEqual([]);
});
