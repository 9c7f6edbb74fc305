import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { readCertificates } from '../../../src/agent/proxy/certificates.ts';
import { selfSigned } from '../../support/haproxy.ts';
import { pipeOf } from '../../support/pipe-of.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a pipe in the place of a certificate is not read, and the others are used', () => {
  const file = path.join(temporaryFolder(), 'web.pem');
  fs.writeFileSync(file, selfSigned('web.test').pem);
  const pipe = pipeOf(file);
  const { held, problems } = readCertificates([pipe, file]);
  expect(held.map(({ validity }) => validity.names)).toEqual([['web.test']]);
  expect(problems).toEqual([`certificate ${pipe} is not used: ${pipe} is no file`]);
});
