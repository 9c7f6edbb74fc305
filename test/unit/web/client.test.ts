import { expect, test } from 'vitest';
import { createClient, type Problem } from '../../../src/web/client/index.ts';

const clientOf = (answer: () => Response) => {
  const requests: { path: string; method: string; body: unknown }[] = [];
  const fetching: typeof fetch = async (path, init) => {
    requests.push({ path: String(path), method: init?.method ?? '', body: init?.body ?? null });
    return answer();
  };
  return { requests, client: createClient({ fetch: fetching, onUnauthorized: () => {} }) };
};

test('an operation is sent as its route says, with names from elsewhere made harmless', async () => {
  const { client, requests } = clientOf(() => Response.json({ message: 'done' }));
  await client.ghost({ app: 'a/../b?c', version: '1 0' });
  await client.restart({ app: 'shop', instance: '1' });
  expect(requests).toEqual([
    { path: '/api/v1/apps/a%2F..%2Fb%3Fc/ghosts/1%200', method: 'PUT', body: null },
    { path: '/api/v1/apps/shop/restart', method: 'POST', body: '{"instance":"1"}' },
  ]);
});

const refusal = (answer: () => Response) =>
  clientOf(answer)
    .client.status({})
    .then(
      () => null,
      (problem: Problem) => ({
        code: problem.code,
        status: problem.status,
        message: problem.message,
        next: problem.next,
      }),
    );

test('a problem document becomes a problem that can be read', async () => {
  const body = {
    type: 'urn:x',
    title: 'T',
    status: 409,
    code: 'busy',
    message: 'it is busy',
    hint: null,
    next: 'slipway show 4',
  };
  expect(await refusal(() => Response.json(body, { status: 409 }))).toEqual({
    code: 'busy',
    status: 409,
    message: 'it is busy',
    next: 'slipway show 4',
  });
});

test('what is between here and the agent is told from the agent', async () => {
  expect(await refusal(() => new Response('<html>Bad Gateway</html>', { status: 502 }))).toMatchObject({
    status: 502,
  });
  expect(await refusal(() => new Response('<html>hotel wifi</html>'))).toMatchObject({
    message: 'what answered is not the agent',
  });
  const gone = await refusal(() => {
    throw new TypeError('fetch failed');
  });
  expect(gone).toMatchObject({ code: 'agent_unreachable', status: 0 });
});
