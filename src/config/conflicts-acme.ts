import { type Finding, listOf, mappingOf } from './findings.ts';

const isGiven = (value: unknown) => value !== undefined && value !== null;

/** What `proxy.acme` needs of what is beside it. Reads raw values. */
export function checkAcme(raw: unknown): Finding[] {
  const { apps, proxy } = mappingOf(raw);
  const { acme, http, https, certificates } = mappingOf(proxy);
  if (!isGiven(acme)) return [];
  const { dns, dns_user: dnsUser } = mappingOf(acme);
  const at = (message: string, hint: string, key?: string): Finding => ({
    ...{ path: ['proxy', 'acme', ...(key ? [key] : [])], at: 'key', message, hint },
  });
  const wildcards = listOf(apps)
    .flatMap((app) => listOf(mappingOf(app).domains))
    .map((domain) => (typeof domain === 'string' ? domain : mappingOf(domain).host))
    .filter((name) => typeof name === 'string' && name.startsWith('*.'));
  return [
    ...(isGiven(https)
      ? []
      : [at('needs https: where its certificates are used', 'write https: 443 beside it')]),
    ...(isGiven(http) || isGiven(dns)
      ? []
      : [at('needs http, where the authority looks, or dns', 'write http: 80 beside it')]),
    ...(isGiven(dnsUser) && !isGiven(dns)
      ? [at('does nothing without dns', 'take it away', 'dns_user')]
      : []),
    ...(wildcards.length > 0 && !isGiven(dns) && listOf(certificates).length === 0
      ? [
          at(
            `needs dns for ${wildcards[0]}`,
            'wildcards are proven by a record of DNS alone; or give certificates',
          ),
        ]
      : []),
  ];
}
