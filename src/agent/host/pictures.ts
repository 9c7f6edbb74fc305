import type { Access } from '../../access/index.ts';
import type { Backend } from '../../api/index.ts';
import type { App } from '../../app/index.ts';
import { isInMaintenance } from '../present.ts';
import type { Front } from '../proxy/index.ts';
import type { HostOptions } from './options.ts';

const GHOSTS_SHOWN = 50;

/** What may change of an app, a user or a token by what somebody does, in a few words: the audit has it before and after. */
export function pictures({ access, apps }: HostOptions): Pick<Backend, 'picture'> {
  return {
    picture({ app: id, user, token }) {
      const app = id === null ? undefined : apps.all().find(({ context }) => context.id === id);
      if (app) return pictureOfApp(app, apps.front);
      if (user !== null) return pictureOfUser(access, user);
      return token === null ? null : pictureOfToken(access, token);
    },
  };
}

function pictureOfApp(app: App, front: Front): Record<string, unknown> {
  const { context, row } = app;
  const { journal, key } = context;
  const release = row.live === null ? null : journal.tables.release(key, row.live);
  const stopped = app.instances
    .rows()
    .filter((each) => each.stopped)
    .map(({ unit }) => unit);
  return {
    live: release?.version ?? null,
    pinned: row.pinned,
    ghosted: journal.tables
      .ghosts(key)
      .slice(-GHOSTS_SHOWN)
      .map(({ version }) => version),
    maintenance: isInMaintenance(app, front),
    stopped: row.stopped || stopped,
  };
}

function pictureOfUser(access: Access, name: string): Record<string, unknown> | null {
  const user = access.users.byName(name);
  return user && { role: user.role, apps: user.apps };
}

function pictureOfToken(access: Access, id: number): Record<string, unknown> | null {
  const token = access.tokens.list().find((each) => each.id === id);
  return token
    ? { name: token.name, role: token.role, apps: token.apps, revoked: token.revokedAt !== null }
    : null;
}
