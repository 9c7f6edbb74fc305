import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { rotatedFile, rotatedIndexes } from '../../../src/supervisor/output/files.ts';
import { logFiles, openLog } from '../../../src/supervisor/output/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('logs are named after the app and the instance or worker', () => {
  expect(logFiles('/var/log/slipway', 'shop@staging', '2')).toEqual({
    stdout: '/var/log/slipway/shop@staging/shop@staging-2-stdout.log',
    stderr: '/var/log/slipway/shop@staging/shop@staging-2-stderr.log',
  });
  expect(logFiles('/logs', 'shop', 'queue.1').stderr).toBe('/logs/shop/shop-queue.1-stderr.log');
});

test('a log is opened for append, with its directory, for the owner and the group only', () => {
  const { stdout } = logFiles(temporaryFolder(), 'api', '1');
  const first = openLog(stdout);
  const second = openLog(stdout);
  fs.writeSync(first, 'one\n');
  fs.writeSync(second, 'two\n');
  fs.writeSync(first, 'three\n');
  fs.closeSync(first);
  fs.closeSync(second);
  expect(fs.readFileSync(stdout, 'utf8')).toBe('one\ntwo\nthree\n');
  expect(fs.statSync(stdout).mode & 0o027).toBe(0);
  expect(fs.statSync(path.dirname(stdout)).mode & 0o027).toBe(0);
});

test('a symbolic link in the place of a log is refused', () => {
  const folder = temporaryFolder();
  const victim = path.join(folder, 'victim');
  fs.writeFileSync(victim, '');
  const { stdout } = logFiles(folder, 'api', '1');
  fs.mkdirSync(path.dirname(stdout));
  fs.symlinkSync(victim, stdout);
  expect(() => openLog(stdout)).toThrow('ELOOP');
});

test('rotated files are found by their numbers, and nothing else is taken for one', () => {
  const file = path.join(temporaryFolder(), 'api-1-stdout.log');
  for (const name of [
    rotatedFile(file, 10),
    rotatedFile(file, 2),
    `${file}.rotating.gz`,
    `${file}.2`,
    `${file}.0.gz`,
  ])
    fs.writeFileSync(name, '');
  fs.writeFileSync(file.replace('api-1', 'api-11').concat('.3.gz'), '');
  expect(rotatedIndexes(file)).toEqual([2, 10]);
  expect(rotatedIndexes('/nowhere/at/all.log')).toEqual([]);
});
