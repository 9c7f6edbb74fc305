import type { App, Instance, Status } from '../../api/index.ts';
import { age, ago, versionText, wholeSeconds, withShortCommits } from '../../wording/index.ts';
import { type Colors, plain, wrap } from '../output/index.ts';
import { stateText } from './state.ts';
import { table } from './table.ts';
import { trafficNote, trafficView } from './traffic.ts';

const GHOSTS_SHOWN = 3;

/** Apps with their instances, and below each app what a person should know about it. */
export function statusView(
  status: Status,
  options: { colors: Colors; columns: number; now: number },
): string {
  const { colors, columns, now } = options;
  const { version, pid, uptime_s } = status.agent;
  const warnings = status.agent.warnings.map((warning) =>
    colors.yellow(wrap(plain(`! ${warning}`), { columns, indent: '' })),
  );
  const line = colors.dim(`agent ${version}, pid ${pid}, up ${wholeSeconds(uptime_s * 1000)}`);
  const agent = [...warnings, line, ...proxyLine(status.agent, colors)].join('\n');
  if (status.apps.length === 0) return `${NO_APPS}\n\n${agent}\n`;
  const head = ['APP', 'STATE', 'VERSION', 'PID', 'PORT', 'UP', 'CRASHES'];
  // One table, so that the columns of all apps are in line; the notes are put between its rows.
  const lines = table({
    head,
    colors,
    right: [3, 4, 5, 6],
    rows: status.apps.flatMap((app) => [
      appRow(app, colors, now),
      ...app.instances.map((each) => instanceRow(each, colors)),
    ]),
  }).split('\n');
  const blocks: string[] = [];
  let from = 1;
  for (const app of status.apps) {
    const to = from + 1 + app.instances.length;
    const traffic = status.apps.length === 1 ? trafficView(app, colors) : [];
    const notes = [...(traffic.length > 0 ? [] : trafficNote(app)), ...notesOf(app, now)].map((note) =>
      colors.dim(wrap(plain(withShortCommits(note)), { columns, indent: '  ' })),
    );
    blocks.push([...lines.slice(from, to), ...notes, ...traffic].join('\n'));
    from = to;
  }
  return `${lines[0]}\n${blocks.join('\n\n')}\n\n${agent}\n`;
}

function proxyLine({ proxy }: Status['agent'], colors: Colors): string[] {
  if (!proxy) return [];
  const pid = proxy.pid === null ? '' : colors.dim(`, pid ${proxy.pid}`);
  return [`${colors.dim('proxy ')}${stateText(proxy.state, colors)}${pid}`];
}

const NO_APPS = `No app is configured.

Write one into /etc/slipway/slipway.yaml ("slipway config schema" says what there is), then:
  slipway config check
  slipway config apply`;

function appRow(app: App, colors: Colors, now: number): string[] {
  const up = app.live === null ? '' : age(app.live.since, now);
  return [colors.bold(app.app), stateText(app.state, colors), liveText(app), '', '', up, ''];
}

/** What is live; of a site with the number, which names its directory and is what a rollback takes. */
function liveText({ kind, live }: App): string {
  if (live === null) return '-';
  const version = versionText(live.version);
  return kind === 'site' ? `${live.number}.${version}` : version;
}

function instanceRow(each: Instance, colors: Colors): string[] {
  const { crash } = each.restarts;
  return [
    `  ${each.instance}`,
    stateText(each.state, colors),
    each.version === null ? '-' : versionText(each.version),
    each.pid === null ? '' : String(each.pid),
    each.port === null ? '' : String(each.port),
    each.uptime_s === null ? '' : wholeSeconds(each.uptime_s * 1000),
    crash === 0 ? colors.dim('0') : colors.yellow(String(crash)),
  ];
}

function notesOf(app: App, now: number): string[] {
  const notes: string[] = [];
  if (app.kind === 'service' && app.instances.length === 0 && app.waits_for === undefined)
    notes.push(
      '0 replicas are configured: nothing is started; write `replicas: 1` or more, then: slipway config apply',
    );
  if (app.deployment !== null)
    notes.push(`deployment ${app.deployment} runs: slipway show ${app.deployment} -f`);
  if (app.promotable != null) notes.push(`its canary waits for: slipway promote ${app.promotable}`);
  if (app.stray) notes.push(`${app.stray.reason}; next: ${app.stray.next}`);
  if (app.maintenance)
    notes.push(`the maintenance page is on; to end it: slipway maintenance ${app.app} off`);
  notes.push(...app.instances.flatMap((each) => [...instanceNotes(each, now), ...successorNote(each)]));
  const { state, reason, offer } = app.source;
  if (state !== 'ok')
    notes.push(`source ${state}: ${reason ?? 'no reason given'} (${ago(app.source.at, now)})`);
  if (app.pinned !== null)
    notes.push(`pinned to ${versionText(app.pinned)}; to follow the source again: slipway unpin ${app.app}`);
  if (offer !== null && offer !== app.live?.version && app.deployment === null) {
    const isGhosted = app.ghosted.some((ghost) => ghost.version === offer);
    const order = isGhosted
      ? `slipway deploy ${app.app} --force (it is ghosted)`
      : `slipway deploy ${app.app}`;
    notes.push(`the source offers ${versionText(offer)}: ${order}`);
    if (app.source.tried !== null && !isGhosted) notes.push(triedText(app.source.tried));
  }
  for (const ghost of app.ghosted.slice(0, GHOSTS_SHOWN)) {
    notes.push(`ghosted ${versionText(ghost.version)}: ${ghost.reason} (${ago(ghost.at, now)})`);
  }
  const more = app.ghosted.length - GHOSTS_SHOWN;
  if (more > 0) notes.push(`and ${more} more ghosted: slipway status ${app.app} --json`);
  if (app.state === 'idle' && offer === null && state === 'ok')
    notes.push('nothing is deployed, and the source offers nothing yet');
  return notes;
}

/** Why what is on offer is not live, and why nothing happens. */
function triedText({ deployment, state, reason }: NonNullable<App['source']['tried']>): string {
  const how = { failed: 'failed', rolled_back: 'was rolled back' }[state as string] ?? 'was cancelled';
  const why = reason === null ? '' : `: ${reason}`;
  return `it was tried, and is not tried again by itself before it changes; deployment ${deployment} ${how}${why}`;
}

/** The process that is to take its place as soon as it is ready. */
function successorNote({ instance, successor }: Instance): string[] {
  if (!successor) return [];
  const { version, state, pid, port } = successor;
  const who = [...(version === null ? [] : [versionText(version)]), ...(pid === null ? [] : [`pid ${pid}`])];
  return [`${instance}: its successor (${[...who, `port ${port}`].join(', ')}) is ${state}`];
}

/** Tells why an instance is not as it should be, and how its last run ended. With no release there is none. */
function instanceNotes(each: Instance, now: number): string[] {
  if (each.state === 'ready' || (each.state === 'stopped' && each.version === null)) return [];
  const exit = each.state === 'stopped' ? null : each.last_exit;
  const ended =
    exit === null || exit.reason === each.reason ? '' : `; last exit ${ago(exit.at, now)}: ${exit.reason}`;
  return [`${each.instance} is ${each.state}: ${each.reason}${ended}`];
}
