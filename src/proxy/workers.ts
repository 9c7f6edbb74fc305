/** The workers of a master: the one that takes connections, and those that end their own after a reload. */
export interface Workers {
  /** Null while there is none. */
  current: number | null;
  former: number[];
  /** Reloads since the master began, and how many of the last ones in a row have failed. */
  reloads: number;
  failed: number;
}

/** Reads `show proc` of the master's socket. */
export function parseWorkers(text: string): Workers {
  const workers: Workers = { current: null, former: [], reloads: 0, failed: 0 };
  let isFormer = false;
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) isFormer = line.startsWith('# old workers');
    const [, pid, type, count, failed] = /^(\d+)\s+(\w+)\s+(\d+)(?: \[failed: (\d+)\])?/.exec(line) ?? [];
    if (type === 'master') Object.assign(workers, { reloads: Number(count), failed: Number(failed ?? 0) });
    else if (type === 'worker' && isFormer) workers.former.push(Number(pid));
    else if (type === 'worker') workers.current = Number(pid);
  }
  return workers;
}
