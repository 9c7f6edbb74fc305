import { parseDuration } from '../kernel/index.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';
import { DEFAULTS } from './schema.ts';

/**
 * The rules between the keys of one app. They read the file's raw values, so that they speak up beside errors of shape
 * and not only after those are mended.
 */
export function checkApp(raw: unknown, path: Path): Finding[] {
  const app = mappingOf(raw);
  if (app.kind === 'site') return [siteIsMissing(path)];
  return [
    ...checkSource(mappingOf(app.source), [...path, 'source']),
    ...checkStart(app, path),
    ...checkReadiness(app, [...path, 'ready']),
    ...checkPorts(app, path),
    ...checkRestart(mappingOf(app.restart), [...path, 'restart']),
    ...checkEnvironment(app, [...path, 'env']),
  ];
}

function siteIsMissing(path: Path): Finding {
  const message = 'sites are not part of this version of Slipway';
  return { path: [...path, 'kind'], at: 'value', message, hint: 'supported: service', covers: path };
}

function checkSource(source: Record<string, unknown>, path: Path): Finding[] {
  if (source.type !== 'git' && source.type !== 'upload') return [];
  const message = 'this type of source is not part of this version of Slipway';
  const hint = 'supported: bucket, whose url is a directory, file://, s3:// or gs://';
  return [{ path: [...path, 'type'], at: 'value', message, hint, covers: path }];
}

function checkStart(app: Record<string, unknown>, path: Path): Finding[] {
  if (app.runtime === 'command' && app.start === undefined)
    return [
      {
        path: [...path, 'start'],
        at: 'key',
        message: 'is required: runtime command needs to know what to run',
      },
    ];
  if ((app.runtime === 'elixir' || app.runtime === 'erlang') && app.start !== undefined) {
    const message = `is for runtime command; ${app.runtime} releases start by bin/<name>`;
    return [
      { path: [...path, 'start'], at: 'key', message, hint: 'take it away, or write runtime: command' },
    ];
  }
  return [];
}

function checkReadiness(app: Record<string, unknown>, path: Path): Finding[] {
  if (app.ready === undefined || app.ready === null || typeof app.ready !== 'object') return [];
  const ready = mappingOf(app.ready);
  const ways = ['http', 'tcp', 'alive'].filter((way) => ready[way] !== undefined);
  if (ways.length !== 1) {
    const found = ways.length === 0 ? 'none' : ways.join(' and ');
    return [{ path, at: 'key', message: `must have exactly one of http, tcp, alive; it has ${found}` }];
  }
  if (ways[0] !== 'alive' && (app.port === undefined || app.port === null)) {
    const hint = 'give the app a port, or write ready: { alive: 5s }';
    return [{ path: [...path, ways[0] as string], at: 'key', message: 'needs a port to ask', hint }];
  }
  const aliveMs = durationOf(ready.alive);
  const timeoutMs = durationOf(ready.timeout ?? DEFAULTS.readyTimeout);
  if (aliveMs === null || timeoutMs === null || aliveMs < timeoutMs) return [];
  const message = `must be shorter than timeout, ${ready.timeout ?? DEFAULTS.readyTimeout}`;
  return [{ path: [...path, 'alive'], at: 'value', message }];
}

function checkPorts(app: Record<string, unknown>, path: Path): Finding[] {
  const replicas = app.replicas ?? DEFAULTS.replicas;
  if (typeof app.port !== 'number' || typeof replicas !== 'number') return [];
  const last = app.port + replicas - 1;
  if (app.port > 65_535 || last <= 65_535) return [];
  return [
    { path: [...path, 'port'], at: 'value', message: `${replicas} instances would need ports up to ${last}` },
  ];
}

function checkRestart(restart: Record<string, unknown>, path: Path): Finding[] {
  const delayMs = durationOf(restart.delay ?? DEFAULTS.restartDelay);
  const maxDelayMs = durationOf(restart.max_delay ?? DEFAULTS.restartMaxDelay);
  if (delayMs === null || maxDelayMs === null || delayMs <= maxDelayMs) return [];
  const message = `must not be longer than max_delay, ${restart.max_delay ?? DEFAULTS.restartMaxDelay}`;
  return [{ path: [...path, 'delay'], at: 'value', message }];
}

/** Variables that say which instance a process is. */
const RESERVED = ['PORT', 'RELEASE_NODE', 'RELEASE_NODE_SUFFIX', 'RELEASE_DISTRIBUTION'];

function checkEnvironment(app: Record<string, unknown>, path: Path): Finding[] {
  const findings: Finding[] = [];
  for (const name of Object.keys(mappingOf(app.env))) {
    if (!RESERVED.includes(name) && !name.startsWith('SLIPWAY_')) continue;
    const hint = name === 'PORT' ? 'use the key port of the app' : 'take it away';
    findings.push({ path: [...path, name], at: 'key', message: 'is set by Slipway for each instance', hint });
  }
  const cookie = mappingOf(app.otp).cookie;
  if (cookie !== undefined && cookie !== null && Object.hasOwn(mappingOf(app.env), 'RELEASE_COOKIE')) {
    const message = 'the cookie is set here and in otp.cookie';
    findings.push({ path: [...path, 'RELEASE_COOKIE'], at: 'key', message, hint: 'keep one of them' });
  }
  return findings;
}

function durationOf(value: unknown): number | null {
  return typeof value === 'string' ? parseDuration(value) : null;
}
