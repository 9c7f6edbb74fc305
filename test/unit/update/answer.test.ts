import http from 'node:http';
import net from 'node:net';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../../../src/api/index.ts';
import { type AskAgent, untilItAnswers } from '../../../src/update/answer.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const GOOD = { version: '2.0.0', pid: 2, instances: [] };

/** Asks over a socket whose server does that with each connection. */
function askOf(serve: net.Server | null): AskAgent {
  const socketPath = path.join(temporaryFolder(), 'slipway.sock');
  if (serve) {
    serve.listen(socketPath);
    onTestFinished(() => void serve.close());
  }
  return async () => {
    const { agent } = await connect({ socketPath, actor: 'test' }).status({});
    return { ...GOOD, version: agent.version };
  };
}

const answering = (status: number, text: string) =>
  http.createServer((_, response) =>
    response.writeHead(status, { 'content-type': 'application/json' }).end(text),
  );

const failures: { what: string; ask: () => AskAgent }[] = [
  { what: 'nobody listens', ask: () => askOf(null) },
  { what: 'it says 500', ask: () => askOf(answering(500, '{}')) },
  { what: 'it says 503 in words', ask: () => askOf(answering(503, 'not yet')) },
  { what: 'it may not be asked', ask: () => askOf(answering(403, '{}')) },
  { what: 'its answer is of another form', ask: () => askOf(answering(200, '{"json":{"agent":1}}')) },
  { what: 'it hangs up', ask: () => askOf(net.createServer((socket) => socket.destroy())) },
  { what: 'it speaks something else', ask: () => askOf(net.createServer((socket) => socket.end('hello\n'))) },
  {
    what: 'it throws at once',
    ask: () => () => Promise.reject(new TypeError('undefined is not a function')),
  },
];

const OPTIONS = { version: '2.0.0', formerPid: 1 };

test.each(failures)('$what: no answer yet', async ({ ask }) => {
  expect(await untilItAnswers({ ...OPTIONS, withinMs: 300, ask: ask() })).toMatchObject({
    reason: expect.stringMatching(/^its agent did not answer within 0\.3 s/),
  });
});

test('one that fails, and one that takes a question and never answers, is asked again', async () => {
  const asks = [failures[1]?.ask(), askOf(net.createServer(() => undefined))];
  const ask: AskAgent = async () => (await asks.shift()?.()) ?? GOOD;
  expect(await untilItAnswers({ ...OPTIONS, withinMs: 60_000, ask })).toMatchObject({ agent: GOOD });
});
