import { DEFAULTS } from './defaults.ts';
import { type Finding, mappingOf, type Path } from './findings.ts';
import { checkBucket } from './rules-bucket.ts';
import { checkCron, checkRestart, checkVariables, durationOf } from './rules-common.ts';

export function checkService(app: Record<string, unknown>, path: Path): Finding[] {
  return [
    ...checkStart(app, path),
    ...checkBucket(app, path),
    ...checkReadiness(app, [...path, 'ready']),
    ...checkLiveness(app, [...path, 'health']),
    ...checkPorts(app, path),
    ...checkRestart(mappingOf(app.restart), [...path, 'restart']),
    ...checkCron(app, path),
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
  if (app.runtime === 'command' && app.release !== undefined && app.release !== null)
    return [
      {
        path: [...path, 'release'],
        at: 'key',
        message: 'is for elixir and erlang; runtime command runs what start says',
        hint: 'take it away',
      },
    ];
  if ((app.runtime === 'elixir' || app.runtime === 'erlang') && app.start !== undefined) {
    const message = `is for runtime command; ${app.runtime} releases start by bin/<release>`;
    return [
      { path: [...path, 'start'], at: 'key', message, hint: 'take it away, or write runtime: command' },
    ];
  }
  return [];
}

function checkReadiness(app: Record<string, unknown>, path: Path): Finding[] {
  if (app.ready === undefined || app.ready === null || typeof app.ready !== 'object') return [];
  const ready = mappingOf(app.ready);
  const hint = 'give the app a port, or write ready: { alive: 5s }';
  const wrong = checkWay(app, { asked: ready, ways: ['http', 'tcp', 'alive'], hint, path });
  if (wrong.length > 0) return wrong;
  const aliveMs = durationOf(ready.alive);
  const timeoutMs = durationOf(ready.timeout ?? DEFAULTS.readyTimeout);
  if (aliveMs === null || timeoutMs === null || aliveMs < timeoutMs) return [];
  const message = `must be shorter than timeout, ${ready.timeout ?? DEFAULTS.readyTimeout}`;
  return [{ path: [...path, 'alive'], at: 'value', message }];
}

function checkLiveness(app: Record<string, unknown>, path: Path): Finding[] {
  if (app.health === undefined || app.health === null || typeof app.health !== 'object') return [];
  const health = mappingOf(app.health);
  const hint = 'give the app a port, or take health away';
  const wrong = checkWay(app, { asked: health, ways: ['http', 'tcp'], hint, path });
  if (wrong.length > 0) return wrong;
  const every = health.every ?? DEFAULTS.healthEvery;
  const everyMs = durationOf(every);
  const timeoutMs = durationOf(health.timeout ?? DEFAULTS.healthTimeout);
  if (everyMs === null || timeoutMs === null || timeoutMs < everyMs) return [];
  // If it stands at its default, the other one is what was written.
  const key = health.timeout === undefined ? 'every' : 'timeout';
  const message =
    key === 'timeout'
      ? `must be shorter than every, ${every}`
      : `must be longer than timeout, ${DEFAULTS.healthTimeout}`;
  return [{ path: [...path, key], at: 'value', message }];
}

/** One of the ways to ask, and a port where that is what is asked. */
function checkWay(
  app: Record<string, unknown>,
  options: { asked: Record<string, unknown>; ways: string[]; hint: string; path: Path },
): Finding[] {
  const { asked, ways, hint, path } = options;
  const [way, ...others] = ways.filter((each) => asked[each] !== undefined);
  if (way === undefined || others.length > 0) {
    const found = way === undefined ? 'none' : [way, ...others].join(' and ');
    return [{ path, at: 'key', message: `must have exactly one of ${ways.join(', ')}; it has ${found}` }];
  }
  if (way === 'alive' || (app.port !== undefined && app.port !== null)) return [];
  return [{ path: [...path, way], at: 'key', message: 'needs a port to ask', hint }];
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
