import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { streamTarget } from '../../../src/forward/stream.ts';
import { freePorts } from '../../support/free-port.ts';
import { selfSigned } from '../../support/haproxy.ts';
import { pipeOf } from '../../support/pipe-of.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** What is told of a server that is away, with these files. */
async function troubleWith(ca: string, key: string | null = null): Promise<string | null> {
  const port = await freePorts(1);
  const target = streamTarget({
    ...{ name: 'tls', address: { host: '127.0.0.1', port }, tls: { ca, cert: null, key } },
    ...{ pieceBytes: 1024, encode: () => Buffer.alloc(0), onLost: () => undefined },
  });
  onTestFinished(() => target.close());
  return (await target.send([], new AbortController().signal)).trouble;
}

test('without a file of its TLS no connection is begun, and none fails with nobody to hear of it', async () => {
  const file = path.join(temporaryFolder(), 'ca.pem');
  expect(await troubleWith(file)).toContain(`ENOENT: no such file or directory, open '${file}'`);
  fs.writeFileSync(file, selfSigned('web.test').pem);
  expect(await troubleWith(file)).toContain('ECONNREFUSED');
  const bad = path.join(temporaryFolder(), 'bad.pem');
  fs.writeFileSync(bad, 'no key');
  expect(await troubleWith(file, bad)).not.toContain('ECONNREFUSED');
  // Nobody may ever write to it.
  const pipe = pipeOf(file);
  expect(await troubleWith(pipe)).toBe(`${pipe} is no file`);
});
