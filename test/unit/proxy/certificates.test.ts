import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readCertificates } from '../../../src/agent/proxy/certificates.ts';
import { selfSigned } from '../../support/haproxy.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a pipe in the place of a certificate is not read, and the others are used', () => {
  const folder = temporaryFolder();
  const [file, pipe] = [path.join(folder, 'web.pem'), path.join(folder, 'pipe.pem')];
  fs.writeFileSync(file, selfSigned('web.test').pem);
  execFileSync('mkfifo', [pipe]);
  // Whoever waits for what comes of it gets a certificate that is good.
  const writer = spawn('/bin/sh', ['-c', 'exec cat "$0" >"$1"', file, pipe], { stdio: 'ignore' });
  onTestFinished(() => void writer.kill('SIGKILL'));
  const { held, problems } = readCertificates([pipe, file]);
  expect(held.map(({ names }) => names)).toEqual([['web.test']]);
  expect(problems).toEqual([`certificate ${pipe} is not used: it is no file`]);
});
