import fs from 'node:fs';
import path from 'node:path';
import { refusalOfJournal } from '../journal/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { listeningPorts } from '../supervisor/index.ts';
import { localTime } from '../wording/index.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkNames } from './proxy-names.ts';
import type { Damage, FailingSecret, RunningAgent, RunningInstance, RunningSite } from './running-agent.ts';
import { checkScope } from './scope.ts';

/**
 * That an agent answers, that its socket is private, that nobody else sits on the instances' ports, and that their
 * processes are where they belong.
 */
export async function checkAgent(ask: () => Promise<RunningAgent>, socketPath: string): Promise<Check[]> {
  try {
    const {
      version,
      pid,
      instances,
      secrets = [],
      sites = [],
      journal = null,
      warnings = [],
      certificates = [],
    } = await ask();
    return [
      ok('agent', `${version} with pid ${pid}`),
      checkSocket(socketPath),
      ...(journal === null ? [] : [checkDamage(journal)]),
      ...checkPorts(instances),
      ...sites.flatMap(checkCurrent),
      ...secrets.map(checkSecret),
      ...warnings.flatMap(checkProxy),
      ...warnings.flatMap(checkCertificate),
      ...(await checkNames(certificates)),
      ...(await checkScope(instances)),
    ];
  } catch (error) {
    const next = error instanceof SlipwayError ? error.next : null;
    return [warn('agent', messageOf(error), next), ...checkJournalOf(path.dirname(socketPath))];
  }
}

function checkSocket(socketPath: string): Check {
  const mode = fs.statSync(socketPath).mode & 0o777;
  return (mode & 0o077) === 0
    ? ok('socket', socketPath)
    : fail(
        'socket',
        `others than its owner may use ${socketPath} (mode ${mode.toString(8)})`,
        `chmod 0600 ${socketPath}`,
      );
}

/** Of a host where no agent runs, which would tell. */
function checkJournalOf(dataDirectory: string): Check[] {
  const refusal = refusalOfJournal(dataDirectory);
  return refusal === null ? [] : [fail('journal', refusal.message, refusal.next)];
}

function checkDamage({ reason, next }: Damage): Check {
  return fail('journal', `${reason}: apps are kept running, and nothing can be changed`, next);
}

/** Another release than the live one is served all the same; of one that is gone visitors get nothing. */
function checkCurrent({ app, state, stray }: RunningSite): Check[] {
  if (!stray) return [];
  const judged = state === 'down' ? fail : warn;
  return [judged('current', `${app}: ${stray.reason}`, stray.next)];
}

/** A value that was never known keeps its apps from starting. */
function checkSecret({ reason, apps, known_since, next }: FailingSecret): Check {
  const who = apps.join(', ');
  return known_since === null
    ? fail('secrets', `${reason}: ${who} waits for it`, next)
    : warn('secrets', `${reason}: ${who} goes on with the value of ${localTime(known_since)}`, next);
}

/** Apps run all the same, and nobody is sent to them. */
function checkProxy(warning: string): Check[] {
  const [, reason] = /^proxy: (.+)$/s.exec(warning) ?? [];
  if (reason === undefined) return [];
  const mend = reason.includes('HAProxy is not installed') ? 'apt-get install haproxy' : null;
  return [fail('proxy', reason, mend)];
}

/** Of the proxy. One that has expired is refused by every visitor. */
function checkCertificate(warning: string): Check[] {
  const [, reason] = /^certificates: (.+)$/s.exec(warning) ?? [];
  if (reason === undefined) return [];
  return [(reason.includes(' expired at ') ? fail : warn)('certificates', reason, 'slipway certs list')];
}

/** A port of an instance without a process, on which somebody listens, is held by a stranger. */
function checkPorts(instances: readonly RunningInstance[]): Check[] {
  const taken = listeningPorts();
  const idle = instances.filter((each) => each.pid === null && each.port !== null && taken.has(each.port));
  if (idle.length === 0) return [ok('ports', 'no port of an instance is held by another program')];
  return idle.map(({ instance, port }) =>
    fail('ports', `port ${port} of ${instance} is held by another program`, `ss -ltnp 'sport = :${port}'`),
  );
}
