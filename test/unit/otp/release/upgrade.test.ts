import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { SlipwayError } from '../../../../src/kernel/index.ts';
import type { Call } from '../../../../src/otp/call.ts';
import { makeRelup } from '../../../../src/otp/release/handler.ts';
import { hotUpgrade } from '../../../../src/otp/release/index.ts';
import { readRel } from '../../../../src/otp/release/rel.ts';
import { atom, binary, charlist, tuple } from '../../../../src/otp/term/index.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { releaseTree } from './ground.ts';

test('a VM in the middle of an installation is waited for, and then nobody knows what runs', async () => {
  const waitedMs: (number | undefined)[] = [];
  const call: Call = (_module, _fn, _args, limits) => {
    waitedMs.push(limits?.timeoutMs);
    return Promise.reject(new SlipwayError('otp_timeout', { message: 'no answer' }));
  };
  const trees = { root: '/nowhere', running: '/nowhere', pristine: '/nowhere' };
  const upgrade = hotUpgrade({
    ...trees,
    call,
    from: '1.0.0',
    to: '2.0.0',
    direction: 'up',
    owner: null,
    processTimeoutMs: 60_000,
    purge: 'wait',
    say: () => {},
  });
  await expect(upgrade).rejects.toMatchObject({ outcome: 'unknown' });
  expect(waitedMs).toEqual([10 * 60_000]);
});

test('what systools complains of may have characters beyond Latin-1', async () => {
  const complaint = [...charlist('no such file: '), 0x4e2d];
  const call: Call = async (module, fn, args) => {
    if (fn === 'make_relup') return tuple(atom('error'), atom('systools_relup'), atom('reason'));
    if (fn === 'format_error') return complaint;
    expect([module, fn, args]).toEqual(['unicode', 'characters_to_binary', [complaint]]);
    return binary('no such file: 中\n');
  };
  const relup = makeRelup(call, { root: '/nowhere', top: 'a', ups: [], downs: [] });
  await expect(relup).rejects.toThrow(/^systools:make_relup: no such file: 中$/);
});

test('a pipe or a link in place of a file of a release is not read', () => {
  const root = releaseTree({ version: '1.0.0', applications: {} });
  const file = path.join(root, 'releases/1.0.0/shop.rel');
  const secret = path.join(temporaryFolder(), 'secret');
  fs.renameSync(file, secret);
  fs.symlinkSync(secret, file);
  expect(() => readRel(root)).toThrow('shop.rel cannot be used: it is a link');
  fs.rmSync(file);
  execFileSync('mkfifo', [file]);
  expect(() => readRel(root)).toThrow('shop.rel cannot be used: it is no ordinary file');
});
