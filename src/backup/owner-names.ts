import fs from 'node:fs';

/** Names of users and groups, by this host's own files: those of a directory service have none here, and become root's. */
export class OwnerNames {
  private readonly users = new Map<number, string>();
  private readonly groups = new Map<number, string>();

  constructor() {
    for (const [file, names] of [
      ['/etc/passwd', this.users],
      ['/etc/group', this.groups],
    ] as const)
      for (const line of linesOf(file)) {
        const [name = '', , id = ''] = line.split(':');
        if (/^\d+$/.test(id) && !names.has(Number(id))) names.set(Number(id), name);
      }
  }

  user(uid: number): string | null {
    return this.users.get(uid) ?? null;
  }

  group(gid: number): string | null {
    return this.groups.get(gid) ?? null;
  }

  /** Root's where a name is not known here: what it names may be nobody else's to read. */
  owner({ user, group }: { user: string | null; group: string | null }): { uid: number; gid: number } {
    const uid = numberOf(this.users, user);
    const gid = numberOf(this.groups, group);
    return uid === null || gid === null ? { uid: 0, gid: 0 } : { uid, gid };
  }
}

function numberOf(names: ReadonlyMap<number, string>, wanted: string | null): number | null {
  for (const [id, name] of names) if (name === wanted) return id;
  return null;
}

function linesOf(file: string): string[] {
  try {
    return fs.readFileSync(file, 'utf8').split('\n');
  } catch {
    return [];
  }
}
