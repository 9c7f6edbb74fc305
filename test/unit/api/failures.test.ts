import { expect, test } from 'vitest';
import { fromWire, httpStatusOf, toWire } from '../../../src/api/wire-error.ts';
import { type ErrorCode, errorCodes, SlipwayError } from '../../../src/kernel/index.ts';
import { logLine } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { ask } from './ask.ts';

test('an error of the backend arrives as the same error', async () => {
  const { backend, client } = await serveFake();
  backend.failure = new SlipwayError('busy', {
    message: 'deployment 3 holds shop',
    hint: 'it runs for 3s',
    next: 'slipway show 3 -f',
  });
  const error = await client.deploy({ app: 'shop' }).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SlipwayError);
  expect(error).toMatchObject({
    code: 'busy',
    message: 'deployment 3 holds shop',
    hint: 'it runs for 3s',
    next: 'slipway show 3 -f',
    exitStatus: 7,
  });
});

test.each(Object.keys(errorCodes) as ErrorCode[])('the code %s goes there and back', (code) => {
  const error = new SlipwayError(code, { message: 'why' });
  const back = fromWire(JSON.parse(JSON.stringify(toWire(error))));
  expect(back).toMatchObject({ code, message: 'why', hint: null, next: null });
  expect(httpStatusOf(code)).toBeGreaterThanOrEqual(400);
});

test('an answer of a newer agent, or of none, becomes a failure in words', () => {
  expect(fromWire({ code: 'from_the_future', message: 'why' })).toMatchObject({
    code: 'failed',
    message: 'why',
  });
  expect(fromWire('<html>')).toMatchObject({ code: 'failed', message: expect.stringContaining('<html>') });
  expect(fromWire(null)).toMatchObject({ code: 'failed' });
  expect(fromWire({ code: 'toString', message: 'why' })).toMatchObject({ code: 'failed' });
});

test('a failure is a problem document, whose members say the same as those of the error', async () => {
  const agent = await serveFake();
  const unknown = await ask(agent, { path: '/api/v1/deployments/12' });
  expect(unknown.headers['content-type']).toBe('application/problem+json');
  expect(unknown.body).toEqual({
    type: 'urn:slipway:error:deployment_unknown',
    title: errorCodes.deployment_unknown.about,
    status: 404,
    detail: 'there is no deployment 12',
    code: 'deployment_unknown',
    message: 'there is no deployment 12',
    hint: null,
    next: 'slipway deployments',
  });
  for (const path of ['/api/v1/nope', '/api/v1/deployments/seven', '/api/v1/apps/nope/logs']) {
    const { status, headers, body } = await ask(agent, { path });
    expect(headers['content-type']).toBe('application/problem+json');
    expect(body).toMatchObject({ status, type: expect.stringMatching(/^urn:slipway:error:/) });
  }
  const fine = await ask(agent, { path: '/api/v1/status' });
  expect(fine.headers['content-type']).toBe('application/json');
});

test('HTTP says by its status whose fault it is', async () => {
  const agent = await serveFake();
  expect(await ask(agent, { path: '/api/v1/status?app=nope' })).toMatchObject({
    status: 404,
    body: { code: 'app_unknown' },
  });
  expect(await ask(agent, { path: '/api/v1/deployments/12' })).toMatchObject({
    status: 404,
    body: { code: 'deployment_unknown' },
  });
  expect(await ask(agent, { path: '/api/v1/deployments/12/events' })).toMatchObject({ status: 404 });
  expect(await ask(agent, { path: '/api/v1/apps/nope/logs' })).toMatchObject({ status: 404 });
  agent.backend.failure = new SlipwayError('version_ghosted', { message: 'it is ghosted' });
  expect(await ask(agent, { path: '/api/v1/apps/shop/deployments', method: 'POST' })).toMatchObject({
    status: 409,
  });
});

test('who asks without saying who is named by the way', async () => {
  const agent = await serveFake();
  await ask(agent, { path: '/api/v1/apps/shop/pin', method: 'DELETE' });
  expect(agent.backend.calls[0]?.input).toMatchObject({ caller: { trigger: 'api', actor: 'socket' } });
});

test('an unknown path is answered with 404 in JSON', async () => {
  const agent = await serveFake();
  for (const path of ['/', '/api/v1', '/api/v1/nope', '/api/v2/status', '//[']) {
    expect(await ask(agent, { path })).toMatchObject({ status: 404, body: { code: 'usage' } });
  }
  expect(await ask(agent, { path: '/api/v1/status', method: 'POST' })).toMatchObject({ status: 404 });
});

test('arguments that do not fit are named', async () => {
  const agent = await serveFake();
  expect(await ask(agent, { path: '/api/v1/deployments/seven' })).toMatchObject({
    status: 400,
    body: { code: 'usage', message: expect.stringContaining('id:') },
  });
  expect(await ask(agent, { path: '/api/v1/apps/shop/logs?lines=-1' })).toMatchObject({ status: 400 });
  const pin = { path: '/api/v1/apps/shop/pin', method: 'PUT' };
  expect(await ask(agent, { ...pin, body: '{"version": 1}' })).toMatchObject({ status: 400 });
  expect(await ask(agent, { ...pin, body: '{"version": "1"' })).toMatchObject({
    status: 400,
    body: { code: 'usage' },
  });
  const env = { path: '/api/v1/apps/shop/env', method: 'PUT' };
  for (const body of [
    '{"set": {"A-B": "1"}}',
    '{"set": {"A": 1}}',
    '{"unset": ["1A"]}',
    '{"set": {"A": "\\u0000"}}',
  ])
    expect(await ask(agent, { ...env, body })).toMatchObject({ status: 400 });
  const deploy = { path: '/api/v1/apps/shop/deployments', method: 'POST' };
  for (const given of [
    { ref: '--upload-pack=x' },
    { ref: 'a b' },
    { upload: '../../etc' },
    { ref: 'a', version: '1' },
  ])
    expect(await ask(agent, { ...deploy, body: JSON.stringify(given) })).toMatchObject({ status: 400 });
  for (const instance of ['0', 'Queue', 'queue.0', '../1'])
    expect(
      await ask(agent, {
        path: '/api/v1/apps/shop/restart',
        method: 'POST',
        body: JSON.stringify({ instance }),
      }),
    ).toMatchObject({ status: 400 });
  expect(await ask(agent, { ...pin, body: '["1"]' })).toMatchObject({ status: 400, body: { code: 'usage' } });
  expect(agent.backend.calls).toEqual([]);
});

test('a body of more than 1 MB is refused, whether it says its length or not', async () => {
  const agent = await serveFake();
  const body = JSON.stringify({ version: 'x'.repeat(1024 ** 2) });
  const pin = { path: '/api/v1/apps/shop/pin', method: 'PUT', body };
  expect(await ask(agent, pin)).toMatchObject({ status: 413, headers: { connection: 'close' } });
  expect(await ask(agent, { ...pin, headers: { 'transfer-encoding': 'chunked' } })).toMatchObject({
    status: 413,
  });
  expect(agent.backend.calls).toEqual([]);
});

test('a fault of ours is told to the log, not to the caller', async () => {
  const agent = await serveFake();
  agent.backend.failure = new TypeError('x of undefined at secret/path');
  const answer = await ask(agent, { path: '/api/v1/apps/shop/pin', method: 'DELETE' });
  expect(answer).toMatchObject({ status: 500, body: { code: 'failed', next: 'slipway logs --agent' } });
  expect(JSON.stringify(answer.body)).not.toContain('secret/path');
  expect(agent.reports).toEqual([expect.stringContaining('secret/path')]);
});

test('an answer that does not fit the contract is a fault of ours, named by its place', async () => {
  const agent = await serveFake();
  Object.assign(agent.backend.apps[0] as object, { state: 'splendid' });
  expect(await ask(agent, { path: '/api/v1/status' })).toMatchObject({ status: 500 });
  expect(agent.reports).toEqual([expect.stringContaining('apps: 0: state')]);
});

test('numbers and flags are read from the text of a query', async () => {
  const agent = await serveFake();
  agent.backend.lines = [logLine('a')];
  await agent.client.logs({
    app: 'shop',
    instance: 'queue',
    lines: 5,
    stderr: true,
    since: 1700000000000,
    grep: 'a|b',
    follow: false,
  });
  expect(agent.backend.calls.at(-1)?.input).toEqual({
    app: 'shop',
    instance: 'queue',
    query: {
      ...{ lines: 5, stderr: true, since: 1700000000000, grep: 'a|b', invert: false },
      ...{ follow: false, after: null, around: null, before: null, complete: false, line: null, until: null },
    },
  });
  expect(await ask(agent, { path: '/api/v1/apps/shop/plan?force=perhaps' })).toMatchObject({ status: 400 });
});
