const ROLES = ['viewer', 'deployer', 'admin'] as const;
export type Role = (typeof ROLES)[number];

/** What somebody may do. Apps by id; null: all. */
export interface Grant {
  role: Role;
  apps: readonly string[] | null;
}

/** Who asks, after what he came with was checked. */
export interface Principal extends Grant {
  kind: 'socket' | 'group' | 'user' | 'token';
  /** Of the user or of the token; of the socket, and of that of a group, the user of the host. */
  name: string;
  /** What the list of sessions calls his session, never its secret; null where he has none. */
  session: string | null;
  /** Id of the token that he came with. */
  token: string | null;
}

/** Whoever may open the socket may do everything. */
export function ownerOf(name: string): Principal {
  return { kind: 'socket', name, role: 'admin', apps: null, session: null, token: null };
}
