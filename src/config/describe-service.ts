import type {
  CanaryConfiguration,
  LivenessConfiguration,
  ReadinessConfiguration,
  RollOutConfiguration,
  ServiceConfiguration,
} from './configuration.ts';
import {
  describeCommon,
  describeLimits,
  describeRestart,
  describeStop,
  durationText,
} from './describe-common.ts';
import { describeFronted } from './describe-routing.ts';

export function describeService(app: ServiceConfiguration) {
  const { name, environment, ...common } = describeCommon(app);
  return {
    name,
    environment,
    kind: app.kind,
    runtime: app.runtime,
    ...(app.release !== null && { release: app.release }),
    ...(app.start !== null && { start: app.start }),
    source: describeSource(app.source),
    replicas: app.replicas,
    port: app.port,
    ...common,
    ready: describeReadiness(app.ready),
    health: app.health && describeLiveness(app.health),
    stop: describeStop(app.stop),
    restart: describeRestart(app.restart),
    limits: describeLimits(app.limits),
    rollback_after: durationText(app.rollbackAfterMs),
    prove_after: durationText(app.proveAfterMs),
    pre_command_timeout: durationText(app.preCommandTimeoutMs),
    max_unavailable: app.maxUnavailable,
    ...describeFronted(app),
    ...(app.domains.length > 0 && {
      sticky: app.sticky,
      roll_out: describeRollOut(app.rollOut),
      canary: app.canary && describeCanary(app.canary),
    }),
    otp: {
      cookie: app.otp.cookie,
      connect_instances: app.otp.connectInstances,
      upgrade_timeout: durationText(app.otp.upgradeTimeoutMs),
      purge: app.otp.purge,
      tls: app.otp.tls,
    },
  };
}

function describeRollOut({ strategy, batch, drainMs, sparePort }: RollOutConfiguration) {
  return {
    strategy,
    batch,
    drain: durationText(drainMs),
    ...(strategy === 'overlap' && { spare_port: sparePort }),
  };
}

function describeCanary({ share, forMs, maxErrors, maxLatency, promote }: CanaryConfiguration) {
  return {
    share: `${share}%`,
    for: durationText(forMs),
    max_errors: maxErrors === null ? null : `${maxErrors}%`,
    max_latency: maxLatency === null ? null : `${maxLatency}%`,
    promote,
  };
}

function describeSource(source: ServiceConfiguration['source']) {
  if (source.type === 'upload') return source;
  const { type, url, pollMs, pathStyle, ...keys } = source;
  return {
    type,
    url,
    ...keys,
    ...(pathStyle === undefined ? {} : { path_style: pathStyle }),
    poll: durationText(pollMs),
  };
}

function describeReadiness(ready: ReadinessConfiguration): Record<string, unknown> {
  const timeout = durationText(ready.timeoutMs);
  switch (ready.kind) {
    case 'http':
      return { http: ready.path, timeout };
    case 'tcp':
      return { tcp: true, timeout };
    case 'alive':
      return { alive: durationText(ready.forMs), timeout };
  }
}

function describeLiveness({ question, everyMs, timeoutMs, failures }: LivenessConfiguration) {
  return {
    ...(question.kind === 'http' ? { http: question.path } : { tcp: true }),
    every: durationText(everyMs),
    timeout: durationText(timeoutMs),
    failures,
  };
}
