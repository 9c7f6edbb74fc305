import type { AppConfiguration, Configuration } from './configuration.ts';
import { describeService } from './describe-service.ts';
import { describeSite } from './describe-site.ts';
import { maskedApp } from './mask.ts';

/**
 * A configuration in the words of its file, with every default written out: what `slipway config show` prints.
 * Secrets are masked.
 */
export function maskedConfiguration(configuration: Configuration): Record<string, unknown> {
  const { listen, tls } = configuration;
  return {
    data: configuration.dataDirectory,
    logs: configuration.logsDirectory,
    listen: listen && `${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${listen.port}`,
    public: configuration.public,
    tls,
    behind_proxy: configuration.behindProxy,
    shell: { over_tcp: configuration.shell.overTcp },
    signing: configuration.signing && { keys: configuration.signing },
    apps: configuration.apps.map((app) => describeApp(maskedApp(app))),
  };
}

/** An app in the words of the file, secrets and all. */
export function describeApp(app: AppConfiguration): Record<string, unknown> {
  return app.kind === 'service' ? describeService(app) : describeSite(app);
}
