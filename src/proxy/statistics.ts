/** What HAProxy has counted for one slot since its worker began. */
export interface SlotCounters {
  /** `<backend>/<slot>`. */
  server: string;
  /** Requests that are being answered. */
  current: number;
  requests: number;
  errors5xx: number;
  /** Could not be connected to, did not answer, was asked elsewhere in its place. */
  failures: { connect: number; response: number; redispatched: number };
  /** Means of the last 1024 requests. */
  meanMs: { queue: number; connect: number; response: number; total: number };
  bytes: { in: number; out: number };
  /** As HAProxy says it: `UP`, `MAINT`, `DOWN 1/2`. */
  status: string;
}

/** Reads `show stat`: rows of servers alone. What is missing counts as 0. */
export function parseStatistics(text: string): SlotCounters[] {
  const [header = '', ...lines] = text.split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const at = new Map(columns.map((name, index) => [name, index]));
  const counters: SlotCounters[] = [];
  for (const line of lines) {
    const values = line.split(',');
    const textOf = (name: string) => values[at.get(name) ?? -1] ?? '';
    const count = (name: string) => {
      const value = Number(textOf(name));
      return Number.isFinite(value) ? value : 0;
    };
    // 0: frontend, 1: backend, 2: server, 3: socket.
    if (textOf('type') !== '2') continue;
    counters.push({
      server: `${textOf('pxname')}/${textOf('svname')}`,
      current: count('scur'),
      requests: count('stot'),
      errors5xx: count('hrsp_5xx'),
      failures: { connect: count('econ'), response: count('eresp'), redispatched: count('wredis') },
      meanMs: {
        queue: count('qtime'),
        connect: count('ctime'),
        response: count('rtime'),
        total: count('ttime'),
      },
      bytes: { in: count('bin'), out: count('bout') },
      status: textOf('status'),
    });
  }
  return counters;
}
