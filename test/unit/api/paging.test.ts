import http from 'node:http';
import { expect, test } from 'vitest';
import { AT, deployment, logLine, release } from '../../fixtures/api-states.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';
import { ask } from './ask.ts';

/** Follows the links of a list to its end; each page as what `pick` takes of its items. */
async function pages(
  target: { socketPath: string },
  first: string,
  pick: (item: Record<string, unknown>) => unknown,
): Promise<unknown[][]> {
  const found: unknown[][] = [];
  let path: string | undefined = first;
  while (path !== undefined) {
    const { status, headers, body } = await ask(target, { path });
    expect(status).toBe(200);
    found.push((body as Record<string, unknown>[]).map(pick));
    path = /^<([^>]+)>; rel="next"$/.exec(String(headers.link))?.[1];
  }
  return found;
}

test('a list is read page by page, and its last page links to none', async () => {
  const agent = await serveFake();
  for (const id of [1, 2, 3, 4, 5]) agent.backend.put(deployment({ id, state: 'succeeded' }));
  agent.backend.put(deployment({ id: 6, app: 'other', state: 'succeeded' }));
  const list = '/api/v1/apps/shop/deployments';
  const idOf = ({ id }: Record<string, unknown>) => id;
  expect(await pages(agent, `${list}?limit=2`, idOf)).toEqual([[5, 4], [3, 2], [1]]);
  expect(await pages(agent, `${list}?limit=5`, idOf)).toEqual([[5, 4, 3, 2, 1]]);
  expect(await pages(agent, list, idOf)).toEqual([[5, 4, 3, 2, 1]]);
  expect(await pages(agent, `${list}?before=3`, idOf)).toEqual([[2, 1]]);
  agent.backend.releaseList = [3, 2, 1].map((number) => release({ number }));
  const numberOf = ({ number }: Record<string, unknown>) => number;
  expect(await pages(agent, '/api/v1/apps/shop/releases?limit=2', numberOf)).toEqual([[3, 2], [1]]);
});

test('users go by their names, tokens by their numbers', async () => {
  const agent = await serveFake();
  const admin = { role: 'admin', apps: null } as const;
  agent.backend.userList = ['ann', 'bob', 'cy'].map((user) => ({
    ...{ ...admin, user, created_at: AT, last_log_in_at: null, totp: false, passkeys: 0, sessions: 0 },
  }));
  agent.backend.tokenList = [3, 2, 1].map((id) => ({
    ...{ ...admin, id, name: `t${id}`, created_at: AT, created_by: 'ann' },
    ...{ expires_at: null, last_used_at: null, revoked_at: null },
  }));
  expect(await pages(agent, '/api/v1/users?limit=2', ({ user }) => user)).toEqual([['ann', 'bob'], ['cy']]);
  expect(await pages(agent, '/api/v1/tokens?limit=1', ({ id }) => id)).toEqual([[3], [2], [1]]);
  expect(await agent.client.users()).toHaveLength(3);
});

test('older lines of a log, and older entries of the timeline, are behind a link', async () => {
  const agent = await serveFake();
  agent.backend.entries = [];
  agent.backend.olderEntries = '7.1';
  const whole = await ask(agent, { path: '/api/v1/timeline?app=shop&limit=5' });
  expect(whole.headers.link).toBe('</api/v1/timeline?app=shop&limit=5&before=7.1>; rel="next"');
  agent.backend.lines = [{ ...logLine('one'), before: '1o:40,1e:0' }, logLine('two')];
  const link = async (query: string) => {
    const { headers } = await events(agent, `/api/v1/apps/shop/logs?${query}`);
    return headers.link;
  };
  expect(await link('lines=2')).toBe('</api/v1/apps/shop/logs?lines=2&before=1o%3A40%2C1e%3A0>; rel="next"');
  expect(await link('')).toBe(undefined);
  expect(agent.backend.calls.at(-1)?.input).toMatchObject({ query: { before: null } });
  await link('before=1o:40,1e:0');
  expect(agent.backend.calls.at(-1)?.input).toMatchObject({ query: { before: '1o:40,1e:0' } });
});

/** Reads a stream to its end. */
function events({ socketPath }: { socketPath: string }, path: string): Promise<http.IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = http.get({ socketPath, path }, (response) => {
      response.resume().once('end', () => resolve(response));
    });
    request.on('error', reject);
  });
}

test.each(['limit=0', 'limit=1001', 'limit=x', 'before=0', 'before=-1'])(
  'no page is asked for by %s',
  async (query) => {
    const agent = await serveFake();
    expect(await ask(agent, { path: `/api/v1/apps/shop/deployments?${query}` })).toMatchObject({
      status: 400,
    });
  },
);
