import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { commandAndNote, commandLine, deployCommand } from '../../../src/wording/index.ts';

test('whatever a word is, a shell reads it as that word and starts nothing', () => {
  const words = [
    'web/1',
    '$(touch x)',
    "it's",
    'two words',
    '`id`',
    '; id',
    '*',
    '',
    '1.2.0+x',
    '--at=03:12',
  ];
  const read = execFileSync('sh', ['-c', `printf '%s\\n' ${commandLine(words)}`], { encoding: 'utf8' });
  expect(read.split('\n').slice(0, -1)).toEqual(words);
  expect(deployCommand('web', { version: '1.2.0', ref: null })).toBe('slipway deploy web --version 1.2.0');
  expect(deployCommand('web', { ref: 'feat/$(id)' })).toBe("slipway deploy web --ref 'feat/$(id)'");
});

test('what is to be typed is told apart from what is said beside it', () => {
  expect(commandAndNote('git lfs fsck   (in /srv/shop (the bare one))')).toEqual({
    command: 'git lfs fsck',
    note: 'in /srv/shop (the bare one)',
  });
  expect(commandAndNote('slipway doctor')).toEqual({ command: 'slipway doctor', note: null });
});
