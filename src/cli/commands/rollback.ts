import { type FollowOptions, startAndFollow } from '../progress/index.ts';
import type { Session } from '../session.ts';

export function rollback(
  session: Session,
  app: string,
  options: FollowOptions & { to?: number },
): Promise<number> {
  return startAndFollow(session, {
    app,
    start: (client, signal) => client.rollback({ app, to: options.to }, { signal }),
    follow: options,
  });
}
