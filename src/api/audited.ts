import type { Access } from '../access/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import type { Backend, Caller } from './backend.ts';
import { type AnyDeed, deedOf } from './deeds.ts';

type Details = Record<string, unknown>;
type Asked = Details & { caller: Caller };

/** Nothing was done, for it might or could not be: no fault. */
const REFUSALS = new Set<string>([
  ...['forbidden', 'unauthenticated', 'usage', 'busy', 'login_delayed', 'config_invalid', 'config_missing'],
  ...['version_ghosted', 'version_invalid', 'release_live', 'release_unproven', 'release_unknown'],
  ...['nothing_to_deploy', 'deployment_ended', 'deployment_unknown', 'instance_unknown', 'app_unknown'],
  ...['app_ambiguous', 'user_unknown', 'token_unknown', 'session_unknown', 'passkey_unknown'],
  ...['user_refused', 'password_refused', 'factor_refused', 'cron_refused', 'secret_invalid', 'env_refused'],
  ...['upload_too_large', 'archive_refused', 'ref_unknown', 'not_running'],
  ...['journal_corrupt', 'journal_future'],
]);

/**
 * The same backend, whose deeds are written down: before each is begun, and what came of it. Whatever door it is asked through,
 * it is asked here.
 */
export function audited(backend: Backend, audit: Access['audit']): Backend {
  return new Proxy(backend, {
    get(target, name) {
      const method: unknown = Reflect.get(target, name);
      if (typeof method !== 'function') return method;
      const deed = typeof name === 'string' ? deedOf(name) : null;
      if (deed === null) return method.bind(target) as unknown;
      return (asked: Asked) =>
        carryOut({ backend: target, audit, deed, asked }, () => method.call(target, asked));
    },
  });
}

async function carryOut(
  { backend, audit, deed, asked }: { backend: Backend; audit: Access['audit']; deed: AnyDeed; asked: Asked },
  work: () => unknown,
): Promise<unknown> {
  const { caller } = asked;
  const about = aboutOf(backend, asked);
  const before = backend.picture(about);
  const seq = audit.begin({
    actor: caller.principal.name,
    address: caller.address,
    app: about.app,
    action: typeof deed.action === 'string' ? deed.action : deed.action(asked),
    subject: deed.subject?.(asked) ?? (typeof asked['app'] === 'string' ? asked['app'] : null),
    before,
  });
  try {
    const refusal = deed.isRecorded === false ? null : backend.whyUnchangeable();
    if (refusal !== null) throw refusal;
    const result = await work();
    const change = difference(before, backend.picture(about));
    const after = { ...change.after, ...deed.after?.(asked, result) };
    audit.end(seq, { outcome: 'succeeded', before: orNull(change.before), after: orNull(after) });
    return result;
  } catch (error) {
    const isRefusal = error instanceof SlipwayError && REFUSALS.has(error.code);
    const change = difference(before, backend.picture(about));
    const outcome = isRefusal ? ('refused' as const) : ('failed' as const);
    audit.end(seq, {
      ...{ outcome, reason: error instanceof SlipwayError ? error.message : messageOf(error) },
      ...{ before: orNull(change.before), after: orNull(change.after) },
    });
    throw error;
  }
}

/** What is looked at before and after. */
function aboutOf(backend: Backend, asked: Asked): Parameters<Backend['picture']>[0] {
  const { app, id, user, token } = asked;
  const named = {
    app: typeof app === 'string' ? app : null,
    deployment: typeof id === 'number' ? id : null,
  };
  return {
    app: named.app === null && named.deployment === null ? null : backend.whose(named),
    user: typeof user === 'string' ? user : null,
    token: typeof token === 'number' ? token : null,
  };
}

/** What differs, as it was and as it is. */
function difference(before: Details | null, after: Details | null): { before: Details; after: Details } {
  const keys = [...new Set([...Object.keys(before ?? {}), ...Object.keys(after ?? {})])].filter(
    (key) => JSON.stringify(before?.[key]) !== JSON.stringify(after?.[key]),
  );
  const pick = (of: Details | null) =>
    Object.fromEntries(keys.flatMap((key) => (of && key in of ? [[key, of[key]]] : [])));
  return { before: pick(before), after: pick(after) };
}

function orNull(details: Details): Details | null {
  return Object.keys(details).length === 0 ? null : details;
}
