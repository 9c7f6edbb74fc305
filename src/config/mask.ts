import { isSecretName, redact } from '../kernel/index.ts';
import type {
  AppConfiguration,
  ForwardConfiguration,
  ServiceConfiguration,
  SiteConfiguration,
} from './configuration.ts';

const MASK = '[redacted]';

export function maskedApp(app: AppConfiguration): AppConfiguration {
  const masked = app.kind === 'service' ? maskedService(app) : maskedSite(app);
  return {
    ...masked,
    env: Object.fromEntries(Object.entries(app.env).map(maskedVariable)),
    cron: app.cron.map((entry) => ({ ...entry, command: entry.command.map(redact) })),
    log: { ...app.log, forward: maskedForward(app.log.forward) },
  };
}

/** An argv may hold what a secret stands for. */
export function maskedForward(forward: readonly ForwardConfiguration[]): ForwardConfiguration[] {
  return forward.map((each) =>
    each.type === 'program' ? { ...each, command: each.command.map(redact) } : each,
  );
}

function maskedVariable([name, value]: [string, string]): [string, string] {
  return [name, isSecretName(name) ? MASK : redact(value)];
}

function maskedService(app: ServiceConfiguration): ServiceConfiguration {
  return {
    ...app,
    source: maskedSource(app.source),
    start: app.start?.map(redact) ?? null,
    routing: maskedRouting(app.routing),
    otp: { ...app.otp, cookie: app.otp.cookie && MASK },
  };
}

function maskedRouting({ basicAuth, ...routing }: ServiceConfiguration['routing']) {
  return { ...routing, basicAuth: basicAuth && { ...basicAuth, password: MASK } };
}

function maskedSource(source: ServiceConfiguration['source']): ServiceConfiguration['source'] {
  if (source.type === 'upload') return source;
  return { ...source, url: redact(source.url), ...(source.token === undefined ? {} : { token: MASK }) };
}

function maskedSite(app: SiteConfiguration): SiteConfiguration {
  const { source, health, webhook } = app;
  return {
    ...app,
    source:
      source.type === 'git' ? { ...source, url: redact(source.url), token: source.token && MASK } : source,
    health: health && { ...health, url: redact(health.url) },
    reload: app.reload?.map(redact) ?? null,
    workers: app.workers.map((worker) => ({ ...worker, command: worker.command.map(redact) })),
    webhook: webhook && { secret: MASK },
    routing: maskedRouting(app.routing),
  };
}
