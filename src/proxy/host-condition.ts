import { word } from './text.ts';

/** Whether a request is for this name: `*.example.com` is each below, and not `example.com`. */
export function hostCondition(host: string): string {
  const quoted = word('host', host);
  return host.startsWith('*.')
    ? `{ var(txn.host) -m end -- '${quoted.slice(2)} }`
    : `{ var(txn.host) -m str -- ${quoted} }`;
}
