import { isLoopback } from '../kernel/index.ts';
import { type Finding, mappingOf } from './findings.ts';

/** Off loopback, passwords and tokens go over a network. */
export function checkListen(raw: unknown): Finding[] {
  const { listen, tls, behind_proxy: behindProxy } = mappingOf(raw);
  const host = typeof listen === 'string' ? /^\[?([^[\]\s]+)\]?:\d+$/.exec(listen)?.[1] : undefined;
  if (host === undefined || isLoopback(host) || tls || behindProxy === true) return [];
  return [
    {
      path: ['listen'],
      at: 'value',
      message: 'is not on loopback, so passwords and tokens would be read on the way',
      hint: 'add tls: { cert: FILE, key: FILE }, or behind_proxy: true where a proxy in front of it ends TLS',
    },
  ];
}
