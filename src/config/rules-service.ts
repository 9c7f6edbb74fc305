import { DEFAULTS } from './defaults.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';
import { checkRestart, checkVariables, durationOf } from './rules-common.ts';

export function checkService(app: Record<string, unknown>, path: Path): Finding[] {
  return [
    ...checkStart(app, path),
    ...checkReadiness(app, [...path, 'ready']),
    ...checkPorts(app, path),
    ...checkRestart(mappingOf(app.restart), [...path, 'restart']),
    ...checkVariables(app.env, RESERVED, [...path, 'env']),
    ...checkCookie(app, [...path, 'env']),
  ];
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

/** Variables that say which instance a process is, with what to write instead. */
const RESERVED = {
  PORT: 'use the key port of the app',
  RELEASE_NODE: null,
  RELEASE_NODE_SUFFIX: null,
  RELEASE_DISTRIBUTION: null,
};

function checkCookie(app: Record<string, unknown>, path: Path): Finding[] {
  const cookie = mappingOf(app.otp).cookie;
  if (cookie === undefined || cookie === null || !Object.hasOwn(mappingOf(app.env), 'RELEASE_COOKIE'))
    return [];
  const message = 'the cookie is set here and in otp.cookie';
  return [{ path: [...path, 'RELEASE_COOKIE'], at: 'key', message, hint: 'keep one of them' }];
}
