import { appOf } from './description.ts';

/**
 * HAProxy's log format: a line of JSON a request. What it reckons itself comes first, so that this is found without reading what
 * strangers wrote. Never the query, which may have what nobody else should read.
 */
export const LOG_FORMAT =
  '{"at":%Ts%ms,"app":"%b","slot":"%s","status":%ST,"ms":%Ta,"response_ms":%Tr,"data_ms":%Td,"bytes":%B,"client":"%ci","end":"%ts","method":"%[var(txn.method),json(utf8s)]","host":"%[var(txn.host),json(utf8s)]","path":"%[var(txn.path),json(utf8s)]"}';

const HEAD =
  /^\{"at":(\d{1,15}),"app":"([^"]{1,200})","slot":"([^"]{1,100})","status":(-?\d{1,9}),"ms":(-?\d{1,12}),"response_ms":(-?\d{1,12}),"data_ms":(-?\d{1,12}),"bytes":(\d{1,15}),"client":"([^"]{0,100})","end":"([^"]{2})",/;

/** No head is longer. */
export const HEAD_BYTES = 768;

/** What HAProxy says of a request by itself. Times are milliseconds. */
export interface AccessHead {
  app: string;
  /** `1b`; null: no instance was asked. */
  slot: string | null;
  /** Number of the instance that the slot is of. */
  instance: string | null;
  /** When it came, since the epoch. */
  at: number;
  /** From the request's first byte to the answer's last one: of a WebSocket, how long it was there. */
  ms: number;
  /** Until the answer began, all waiting included: what a visitor waits for. Null: he left before. */
  answerMs: number | null;
  /** How long the instance took to begin its answer; null: it did not. */
  responseMs: number | null;
  /** Null where there was no answer. */
  status: number | null;
  bytes: number;
  client: string;
  /** How it ended, as HAProxy's manual has it; `--`: well. */
  end: string;
}

export interface AccessLine extends AccessHead {
  method: string;
  host: string;
  path: string;
}

/** Null: it is none, such as what HAProxy says of a reload. */
export function parseAccessHead(line: string): AccessHead | null {
  const found = HEAD.exec(line);
  if (found === null) return null;
  const [, at, backend = '', server = '', status, ms, response, data, bytes, client = '', end = ''] = found;
  const slot = /^(\d{1,6})b?$/.exec(server);
  const total = Math.max(0, Number(ms));
  const hasLeft = end.startsWith('C') && Number(response) < 0;
  return {
    app: appOf(backend),
    slot: slot && server,
    instance: slot?.[1] ?? null,
    at: Number(at),
    ms: total,
    answerMs: hasLeft ? null : Math.max(0, total - Math.max(0, Number(data))),
    responseMs: Number(response) < 0 ? null : Number(response),
    status: Number(status) < 100 ? null : Number(status),
    bytes: Number(bytes),
    client,
    end,
  };
}

export function parseAccessLine(line: string): AccessLine | null {
  const head = parseAccessHead(line);
  if (head === null) return null;
  try {
    const { method, host, path } = JSON.parse(line);
    return { ...head, method: String(method), host: String(host), path: String(path) };
  } catch {
    return null;
  }
}

/**
 * Whether it was for an instance, and says something of the app: what HAProxy answers as it was told (redirects, refusals,
 * the page of maintenance) does not; that nobody was there to answer does.
 */
export function isOfApp({ slot, status, end }: AccessHead): boolean {
  return slot !== null || ((status ?? 0) >= 500 && !end.startsWith('L'));
}
