import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { Certificate } from '../../../src/api/door/certificate.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { selfSigned } from '../../support/haproxy.ts';
import { pipeOf } from '../../support/pipe-of.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a pipe in the place of the certificate of the door is not read', () => {
  const key = path.join(temporaryFolder(), 'web.pem');
  fs.writeFileSync(key, selfSigned('web.test').pem);
  const cert = pipeOf(key);
  const told: string[] = [];
  const certificate = new Certificate({
    ...{ files: { cert, key }, clock: systemClock },
    onChange: () => told.push('changed'),
    report: (message) => told.push(message),
  });
  onTestFinished(() => certificate.close());
  expect(told).toEqual([expect.stringContaining(`${cert} is no file`)]);
});
