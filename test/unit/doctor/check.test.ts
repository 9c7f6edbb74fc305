import { expect, test } from 'vitest';
import { fail, ok, warn } from '../../../src/doctor/check.ts';

test('the mend is a command that can be copied, and what belongs to it stands beside it', () => {
  const mend = 'useradd deployer   (where there is none; then: slipway config apply)';
  const note = 'where there is none; then: slipway config apply';
  expect(warn('user', 'x', mend)).toMatchObject({ mend: 'useradd deployer', note });
  expect(fail('user', 'x', 'chmod o-w /srv')).toMatchObject({ mend: 'chmod o-w /srv', note: null });
  expect([ok('user', 'x'), fail('user', 'x', null)]).toMatchObject([
    { mend: null, note: null },
    { mend: null, note: null },
  ]);
});
