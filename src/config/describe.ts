import type {
  AppConfiguration,
  Configuration,
  HistoryConfiguration,
  PlacedReference,
  ProxyConfiguration,
  SecretsConfiguration,
} from './configuration.ts';
import { durationText, sizeText } from './describe-common.ts';
import { describeService } from './describe-service.ts';
import { describeSite } from './describe-site.ts';
import { mappingOf, valueAt } from './findings.ts';
import { maskedApp, maskedForward } from './mask.ts';
import { pathKey, replaced } from './references.ts';

/**
 * A configuration in the words of its file, with every default written out: what `slipway config show` prints.
 * Secrets are masked.
 */
export function maskedConfiguration(configuration: Configuration): Record<string, unknown> {
  const { listen, tls, secrets, references, waiting } = configuration;
  return {
    data: configuration.dataDirectory,
    logs: configuration.logsDirectory,
    listen: listen && `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`,
    public: configuration.public,
    tls,
    behind_proxy: configuration.behindProxy,
    shell: { over_tcp: configuration.shell.overTcp },
    socket: configuration.socket,
    log: { ...configuration.log, forward: maskedForward(configuration.log.forward) },
    proxy: configuration.proxy && describeProxy(configuration.proxy),
    history: describeHistory(configuration.history),
    signing: configuration.signing && { keys: configuration.signing },
    secrets: secrets && describeStore(secrets),
    apps: configuration.apps.map((app) =>
      withNames(
        describeApp(maskedApp(app)),
        references.filter((each) => each.app === app.id),
      ),
    ),
    ...(waiting.length === 0 ? {} : { waiting: waiting.map(({ id }) => id) }),
  };
}

function describeStore({ refreshMs, ...store }: SecretsConfiguration) {
  return { ...store, refresh: refreshMs === null ? null : durationText(refreshMs) };
}

/** Where a secret stands for a value, its name is shown, as the file has it. */
function withNames(
  app: Record<string, unknown>,
  references: readonly PlacedReference[],
): Record<string, unknown> {
  const shown = references.filter(({ path }) => valueAt(app, path) !== undefined);
  const names = new Map(shown.map(({ path, secret }) => [pathKey(path), { secret }]));
  return mappingOf(replaced(app, names));
}

function describeProxy({ http, https, certificates, acme, proxyProtocol }: ProxyConfiguration) {
  return {
    http: addressText(http),
    https: addressText(https),
    certificates,
    acme: acme && {
      ...{ email: acme.email, directory: acme.directory, ca: acme.ca },
      ...{ dns: acme.dns, dns_user: acme.dnsUser },
    },
    proxy_protocol: proxyProtocol,
  };
}

function addressText(address: ProxyConfiguration['http']) {
  if (address === null || address.host === '*') return address && address.port;
  return `${address.host.includes(':') ? `[${address.host}]` : address.host}:${address.port}`;
}

function describeHistory({ keepMs, auditMs, maxSizeBytes }: HistoryConfiguration) {
  return { keep: durationText(keepMs), audit: durationText(auditMs), max_size: sizeText(maxSizeBytes) };
}

/** An app in the words of the file, secrets and all. */
export function describeApp(app: AppConfiguration): Record<string, unknown> {
  return app.kind === 'service' ? describeService(app) : describeSite(app);
}
