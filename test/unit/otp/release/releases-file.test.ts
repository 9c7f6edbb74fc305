import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { writeReleasesFile } from '../../../../src/otp/release/index.ts';
import { format, type Term } from '../../../../src/otp/term/index.ts';
import { parseText } from '../../../../src/otp/term/text.ts';
import { temporaryFolder } from '../../../support/temporary.ts';
import { releaseTree } from './ground.ts';

test('RELEASES says what the release consists of, relative to wherever it lies', () => {
  const root = releaseTree({ version: '1.0.0', applications: { shop: '1.0.0' } });
  writeReleasesFile(root, null);
  const text = fs.readFileSync(path.join(root, 'releases/RELEASES'), 'utf8');
  expect(format(parseText(text)[0] as Term)).toBe(
    '[{release,"shop","1.0.0","13.1.5",[{kernel,"8.5.3","lib/kernel-8.5.3"},{stdlib,"4.2","lib/stdlib-4.2"},' +
      '{sasl,"4.2","lib/sasl-4.2"},{shop,"1.0.0","lib/shop-1.0.0"}],permanent}]',
  );
});

test('where releases is a link, nothing is written to where it leads', () => {
  const root = releaseTree({ version: '1.0.0', applications: {} });
  const elsewhere = path.join(temporaryFolder(), 'releases');
  fs.renameSync(path.join(root, 'releases'), elsewhere);
  fs.symlinkSync(elsewhere, path.join(root, 'releases'));
  const before = fs.readdirSync(elsewhere);
  expect(() => writeReleasesFile(root, null)).toThrow('ENOTDIR');
  expect(fs.readdirSync(elsewhere)).toEqual(before);
});

test('a RELEASES that is there stays', () => {
  const root = releaseTree({ version: '1.0.0', applications: {} });
  const file = path.join(root, 'releases/RELEASES');
  fs.writeFileSync(file, 'its own');
  writeReleasesFile(root, null);
  expect(fs.readFileSync(file, 'utf8')).toBe('its own');
});
