import { createHmac } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verifyWebhook, type Webhook, WebhookRefusal } from '../../../src/api/index.ts';

const SECRET = 'gone fishing';
const NOW = Date.parse('2025-11-22T10:00:00Z');
const SECONDS = String(NOW / 1000);
const COMMIT = '5b3a3d8e0f3c4f0d8f9c0a1b2c3d4e5f60718293';

interface Sent {
  headers: IncomingHttpHeaders;
  body: Buffer;
}

function sign(text: string | Buffer, { secret = SECRET, algorithm = 'sha256' } = {}): string {
  return createHmac(algorithm, secret).update(text).digest('hex');
}

function receive({ headers, body }: Sent, { secret = SECRET, now = NOW } = {}): Webhook {
  return verifyWebhook({ headers, body, secret, now });
}

function statusOf(sent: Sent, given: { secret?: string; now?: number } = {}): number | string {
  try {
    return receive(sent, given).kind;
  } catch (error) {
    if (error instanceof WebhookRefusal) return error.status;
    throw error;
  }
}

const push = { ref: 'refs/heads/main', before: '0'.repeat(40), after: COMMIT };

/** A request as each git host sends it. */
const send = {
  github(payload: unknown, event = 'push'): Sent {
    const body = Buffer.from(JSON.stringify(payload));
    return { body, headers: { 'x-github-event': event, 'x-hub-signature-256': `sha256=${sign(body)}` } };
  },
  gitea(payload: unknown, event = 'push'): Sent {
    const body = Buffer.from(JSON.stringify(payload));
    return { body, headers: giteaHeaders(body, event) };
  },
  gitlab(payload: unknown, event = 'Push Hook'): Sent {
    const headers = { 'x-gitlab-event': event, 'x-gitlab-token': SECRET, 'x-gitlab-event-uuid': 'e-1' };
    return { body: Buffer.from(JSON.stringify(payload)), headers };
  },
  bitbucket(payload: unknown, event = 'repo:push'): Sent {
    const body = Buffer.from(JSON.stringify(payload));
    return { body, headers: { 'x-event-key': event, 'x-hub-signature': `sha256=${sign(body)}` } };
  },
  plain(text: string, seconds = SECONDS): Sent {
    const signature = `sha256=${sign(`${seconds}.${text}`)}`;
    return {
      body: Buffer.from(text),
      headers: { 'x-slipway-timestamp': seconds, 'x-slipway-signature': signature },
    };
  },
};

/** All that Gitea sends, for receivers that were made for others. */
function giteaHeaders(signed: string | Buffer, event: string): IncomingHttpHeaders {
  return {
    'x-gitea-event': event,
    'x-gitea-signature': sign(signed),
    'x-gogs-event': event,
    'x-gogs-signature': sign(signed),
    'x-hub-signature': `sha1=${sign(signed, { algorithm: 'sha1' })}`,
    'x-hub-signature-256': `sha256=${sign(signed)}`,
    'x-github-event': event,
  };
}

const anyPush = (provider: string, ref: string | null) => ({
  kind: 'push',
  provider,
  ref,
  deliveryKey: expect.stringMatching(/^[0-9a-f]{64}$/),
});

test("GitHub's documented signature is right, and no other", () => {
  const body = Buffer.from('Hello, World!');
  const signature = '757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17';
  const headers = { 'x-github-event': 'ping', 'x-hub-signature-256': `sha256=${signature}` };
  const secret = "It's a Secret to Everybody";
  expect(receive({ body, headers }, { secret })).toEqual({ kind: 'ping' });
  expect(statusOf({ body, headers }, { secret: 'It is a secret to everybody' })).toBe(401);
  expect(statusOf({ body: Buffer.from('Hello, world!'), headers }, { secret })).toBe(401);
  const bare = { ...headers, 'x-hub-signature-256': signature };
  expect(statusOf({ body, headers: bare }, { secret })).toBe(401);
});

describe('a push is read as', () => {
  test('GitHub sends it, as JSON and as a form', () => {
    expect(receive(send.github(push))).toEqual(anyPush('github', 'refs/heads/main'));
    expect(receive(send.github({ ...push, ref: 'refs/tags/v1.0' }))).toEqual(
      anyPush('github', 'refs/tags/v1.0'),
    );
    const body = Buffer.from(new URLSearchParams({ payload: JSON.stringify(push) }).toString());
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'x-github-event': 'push',
      'x-hub-signature-256': `sha256=${sign(body)}`,
    };
    expect(receive({ body, headers })).toEqual(anyPush('github', 'refs/heads/main'));
  });

  test('Gitea and Forgejo send it, as JSON and as a form, of which they sign the field', () => {
    expect(receive(send.gitea(push))).toEqual(anyPush('gitea', 'refs/heads/main'));
    const json = JSON.stringify({ ...push, ref: 'refs/heads/fête + ü'.replaceAll(' ', '') });
    const body = Buffer.from(new URLSearchParams({ payload: json }).toString());
    const headers = {
      ...giteaHeaders(json, 'push'),
      'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
    };
    expect(receive({ body, headers })).toEqual(anyPush('gitea', 'refs/heads/fête+ü'));
    const forgejo = send.gitea(push);
    forgejo.headers = { 'x-forgejo-event': 'push', 'x-forgejo-signature': sign(forgejo.body) };
    expect(receive(forgejo)).toEqual(anyPush('gitea', 'refs/heads/main'));
  });

  test('GitLab sends it', () => {
    expect(receive(send.gitlab(push))).toEqual(anyPush('gitlab', 'refs/heads/main'));
    expect(receive(send.gitlab({ ...push, ref: 'refs/tags/v1.0' }, 'Tag Push Hook'))).toEqual(
      anyPush('gitlab', 'refs/tags/v1.0'),
    );
  });

  test('Bitbucket Cloud sends it', () => {
    const pushed = (...changes: unknown[]) => receive(send.bitbucket({ push: { changes } }));
    const main = { new: { type: 'branch', name: 'main' }, old: null };
    const tag = { new: { type: 'tag', name: 'v1.0' }, old: null };
    const gone = { new: null, old: { type: 'branch', name: 'old' } };
    expect(pushed(main)).toEqual(anyPush('bitbucket', 'refs/heads/main'));
    expect(pushed(gone, tag)).toEqual(anyPush('bitbucket', 'refs/tags/v1.0'));
    expect(pushed(main, tag)).toEqual(anyPush('bitbucket', null));
    expect(pushed(gone)).toMatchObject({ kind: 'ignored' });
  });

  test('Bitbucket Data Center sends it', () => {
    const change = (type: string, id: string) => ({ type, ref: { id }, toHash: COMMIT });
    const changed = (...changes: unknown[]) => receive(send.bitbucket({ changes }, 'repo:refs_changed'));
    expect(changed(change('UPDATE', 'refs/heads/main'))).toEqual(anyPush('bitbucket', 'refs/heads/main'));
    expect(changed(change('DELETE', 'refs/heads/old'), change('ADD', 'refs/tags/v1'))).toEqual(
      anyPush('bitbucket', 'refs/tags/v1'),
    );
    expect(changed(change('DELETE', 'refs/heads/old'))).toMatchObject({ kind: 'ignored' });
    expect(receive(send.bitbucket({ test: true }, 'diagnostics:ping'))).toEqual({ kind: 'ping' });
  });

  test('a script sends it, with a ref and without, whatever type it claims', () => {
    expect(receive(send.plain('{"ref": "main"}'))).toEqual(anyPush('plain', 'main'));
    expect(receive(send.plain('{}'))).toEqual(anyPush('plain', null));
    const empty = send.plain('');
    empty.headers['content-type'] = 'application/x-www-form-urlencoded';
    expect(receive(empty)).toEqual(anyPush('plain', null));
    const curl = send.plain('{"ref":"v1"}');
    curl.headers['content-type'] = 'application/x-www-form-urlencoded';
    expect(receive(curl)).toEqual(anyPush('plain', 'v1'));
  });
});

describe('nothing follows from', () => {
  test.each([
    ['an issue on GitHub', send.github({ action: 'opened' }, 'issues'), '"issues"'],
    ['a note in Gitea', send.gitea({}, 'issue_comment'), '"issue_comment"'],
    ['a pipeline of GitLab', send.gitlab({}, 'Pipeline Hook'), '"Pipeline Hook"'],
    ['a fork on Bitbucket', send.bitbucket({}, 'repo:fork'), '"repo:fork"'],
    [
      'an event that has no name',
      { ...send.github({}), headers: { 'x-hub-signature-256': `sha256=${sign('{}')}` } },
      'the event is',
    ],
    ['an event whose name is a trick', send.github({}, '<script>'), 'the event is'],
  ])('%s', (_, sent, reason) => {
    expect(receive(sent)).toEqual({ kind: 'ignored', reason: expect.stringContaining(reason) });
  });

  test('a deleted branch or tag, and refs that are neither', () => {
    const zeros = '0'.repeat(40);
    expect(receive(send.github({ ...push, deleted: true }))).toMatchObject({ kind: 'ignored' });
    expect(receive(send.github({ ...push, after: '0'.repeat(64) }))).toMatchObject({ kind: 'ignored' });
    expect(receive(send.gitea({ ...push, after: zeros }))).toMatchObject({ kind: 'ignored' });
    expect(receive(send.gitlab({ ...push, after: zeros }, 'Tag Push Hook'))).toMatchObject({
      kind: 'ignored',
    });
    expect(receive(send.gitea({ ...push, ref: 'refs/notes/x' }))).toMatchObject({ kind: 'ignored' });
  });
});

test('what is signed and makes no sense is refused as such', () => {
  for (const body of ['', 'null', '[]', '"refs/heads/main"', '{"ref":', '\xff'])
    expect(
      statusOf({
        body: Buffer.from(body),
        headers: { 'x-github-event': 'push', 'x-hub-signature-256': `sha256=${sign(body)}` },
      }),
    ).toBe(400);
  for (const ref of [
    undefined,
    null,
    7,
    '',
    '-x',
    'refs/heads/a b',
    'refs/heads/\n',
    `refs/heads/${'x'.repeat(300)}`,
  ])
    expect(statusOf(send.github({ ...push, ref }))).toBe(400);
  expect(statusOf(send.bitbucket({ push: { changes: [{ new: { name: {} } }] } }))).toBe(400);
  expect(statusOf(send.bitbucket({ push: 'all' }))).toBe('ignored');
  expect(statusOf(send.plain('{"ref": "--all"}'))).toBe(400);
  const form = send.github(push);
  form.headers['content-type'] = 'application/x-www-form-urlencoded';
  expect(statusOf(form)).toBe(400);
});

/** One of each, with the header that is its proof. */
const signed: [string, Sent, string][] = [
  ['GitHub', send.github(push), 'x-hub-signature-256'],
  ['Gitea', send.gitea(push), 'x-gitea-signature'],
  ['Bitbucket', send.bitbucket({ push: { changes: [] } }), 'x-hub-signature'],
  ['a script', send.plain('{"ref":"main"}'), 'x-slipway-signature'],
];

describe('any change of one byte is refused', () => {
  test.each(signed)('of the body from %s', (_, { headers, body }) => {
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const changed = Buffer.from(body);
        changed[at] = (changed[at] as number) ^ flip;
        expect(statusOf({ headers, body: changed })).toBe(401);
      }),
    );
  });

  test.each([...signed, ['GitLab', send.gitlab(push), 'x-gitlab-token'] as const])(
    'of the proof from %s',
    (_, { headers, body }, name) => {
      const proof = headers[name] as string;
      expect(statusOf({ headers, body })).not.toBe(401);
      const changes = fc.oneof(
        fc
          .record({ at: fc.nat(proof.length - 1), to: fc.integer({ min: 0, max: 255 }) })
          .map(({ at, to }) => proof.slice(0, at) + String.fromCharCode(to) + proof.slice(at + 1))
          .filter((changed) => changed !== proof),
        fc.nat(proof.length - 1).map((length) => proof.slice(0, length)),
        fc.string({ minLength: 1 }).map((more) => proof + more),
        fc.constant(proof.toUpperCase()),
      );
      fc.assert(
        fc.property(changes, (changed) => {
          expect(statusOf({ headers: { ...headers, [name]: changed }, body })).toBe(401);
        }),
      );
    },
  );
});

test('nothing is accepted unsigned, or where no secret is set', () => {
  for (const { headers, body } of [...signed.map(([, sent]) => sent), send.gitlab(push)]) {
    const unsigned = Object.fromEntries(
      Object.entries(headers).filter(([name]) => !/signature|token/.test(name)),
    );
    expect(statusOf({ headers: unsigned, body })).toBe(401);
  }
  const body = Buffer.from('{}');
  const empty = createHmac('sha256', '').update(body).digest('hex');
  expect(statusOf({ body, headers: { 'x-gitlab-token': '' } }, { secret: '' })).toBe(401);
  expect(statusOf({ body, headers: { 'x-hub-signature-256': `sha256=${empty}` } }, { secret: '' })).toBe(401);
});

describe('a signature cannot be gone round', () => {
  test('by the older one of SHA-1', () => {
    const { body } = send.github(push);
    const sha1 = `sha1=${sign(body, { algorithm: 'sha1' })}`;
    expect(statusOf({ body, headers: { 'x-github-event': 'push', 'x-hub-signature': sha1 } })).toBe(401);
    const both = {
      'x-github-event': 'push',
      'x-hub-signature': sha1,
      'x-hub-signature-256': `sha256=${'0'.repeat(64)}`,
    };
    expect(statusOf({ body, headers: both })).toBe(401);
  });

  test.each(signed)('by a proof of another kind beside the wrong one of %s', (_, { headers, body }, name) => {
    const wrong = { ...headers, [name]: 'sha256=0', 'x-gitlab-token': SECRET, 'x-gitlab-event': 'Push Hook' };
    expect(statusOf({ headers: wrong, body })).toBe(401);
  });

  test('by the signed text of a script as the body of another kind', () => {
    const { body, headers } = send.plain('{"ref":"main"}');
    const text = Buffer.concat([Buffer.from(`${SECONDS}.`), body]);
    const hex = (headers['x-slipway-signature'] as string).slice('sha256='.length);
    const later = { now: NOW + 3_600_000 };
    for (const proof of [{ 'x-hub-signature-256': `sha256=${hex}` }, { 'x-gitea-signature': hex }]) {
      const event = { 'x-github-event': 'push', 'x-gitea-event': 'push' };
      expect(statusOf({ headers: { ...event, ...proof }, body: text }, later)).toBe(400);
    }
  });
});

test('the kind that was verified decides, whatever other headers say', () => {
  const { headers, body } = send.github({ ...push, ref: 'refs/tags/v1' });
  const others = {
    'x-gitlab-event': 'Pipeline Hook',
    'x-gitea-event': 'issues',
    'x-event-key': 'repo:fork',
    'x-slipway-timestamp': '1',
  };
  expect(receive({ headers: { ...others, ...headers }, body })).toEqual(anyPush('github', 'refs/tags/v1'));
  const gitlab = send.gitlab(push);
  gitlab.headers['x-github-event'] = 'issues';
  expect(receive(gitlab)).toEqual(anyPush('gitlab', 'refs/heads/main'));
});

describe('a replay has the key of the first delivery', () => {
  const keyOf = (sent: Sent) => {
    const webhook = receive(sent);
    return webhook.kind === 'push' ? webhook.deliveryKey : null;
  };

  test('under another id, and under the headers of another provider', () => {
    const { headers, body } = send.github(push);
    const first = keyOf({ headers: { ...headers, 'x-github-delivery': '1' }, body });
    expect(keyOf({ headers: { ...headers, 'x-github-delivery': '2' }, body })).toBe(first);
    expect(keyOf(send.gitea(push))).toBe(first);
    const form = Buffer.from(new URLSearchParams({ payload: body.toString() }).toString());
    const asForm = { ...giteaHeaders(body, 'push'), 'content-type': 'application/x-www-form-urlencoded' };
    expect(keyOf({ headers: asForm, body: form })).toBe(first);
  });

  test('another push has another', () => {
    expect(keyOf(send.github({ ...push, after: 'f'.repeat(40) }))).not.toBe(keyOf(send.github(push)));
    const next = String(NOW / 1000 + 1);
    expect(keyOf(send.plain('{}', next))).not.toBe(keyOf(send.plain('{}')));
  });

  test('of GitLab the same body is another push where the event is another', () => {
    const first = send.gitlab(push);
    const again = send.gitlab(push);
    expect(keyOf(again)).toBe(keyOf(first));
    again.headers['x-gitlab-event-uuid'] = 'e-2';
    expect(keyOf(again)).not.toBe(keyOf(first));
    expect(keyOf(send.gitlab({ ...push, after: 'f'.repeat(40) }))).not.toBe(keyOf(first));
  });
});

test('a signature of a script is of use for five minutes', () => {
  const sent = send.plain('{}');
  for (const offMs of [-300_000, 0, 300_000]) expect(statusOf(sent, { now: NOW + offMs })).toBe('push');
  for (const offMs of [-300_001, 300_001]) expect(statusOf(sent, { now: NOW + offMs })).toBe(401);
  for (const seconds of ['', 'now', '-5', `${SECONDS}.0`, ` ${SECONDS}`, '0x67'])
    expect(statusOf(send.plain('{}', seconds))).toBe(401);
  const { 'x-slipway-timestamp': _, ...untimed } = sent.headers;
  expect(statusOf({ ...sent, headers: untimed })).toBe(401);
  const renewed = { ...sent.headers, 'x-slipway-timestamp': String(NOW / 1000 + 3600) };
  expect(statusOf({ ...sent, headers: renewed }, { now: NOW + 3_600_000 })).toBe(401);
});
