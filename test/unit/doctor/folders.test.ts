import { expect, test } from 'vitest';
import { checkFolder } from '../../../src/doctor/folders.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('who is not the user of the agent is told to be, and to change no owner', () => {
  const data = temporaryFolder();
  const own = process.geteuid?.() ?? 0;
  for (const name of ['data', 'logs'] as const) {
    const [access] = checkFolder(name, data, { data, uid: own + 4000 });
    expect(access).toMatchObject({
      state: 'fail',
      message: expect.stringContaining('the doctor must be run by the same'),
      mend: own === 0 ? 'sudo slipway doctor' : `sudo -u '#${own}' slipway doctor`,
    });
  }
  expect(checkFolder('data', data, { data, uid: own })[0]?.state).not.toBe('fail');
});
