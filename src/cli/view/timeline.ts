import type { TimelineEntry } from '../../api/index.ts';
import { ago, localTime, versionText, wholeSeconds } from '../../wording/index.ts';
import { type Colors, plain, wrap } from '../output/index.ts';
import { foldLoops, type Told } from './timeline-loops.ts';
import { standingAt } from './timeline-standing.ts';

interface ViewOptions {
  app: string;
  now: number;
  from: number;
  to: number;
  /** The moment that is asked about; null: none. */
  at: number | null;
  colors: Colors;
  columns: number;
}

/** What happened line by line, with its time and how long before or after the moment; what was up then; what to look at next. */
export function timelineView(entries: readonly TimelineEntry[], options: ViewOptions): string {
  const { app, at, from, now, colors } = options;
  const shown = foldLoops(entries.filter((entry) => Date.parse(entry.at) >= from));
  const title =
    at === null
      ? `${app} since ${stamp(from)}`
      : `${app} around ${stamp(at)} (${ago(new Date(at).toISOString(), now)})`;
  if (shown.length === 0 && at === null)
    return `Nothing happened to ${app} since ${stamp(from)}.\n  slipway timeline ${app} --since 7d`;
  const before = shown.filter((each) => at === null || Date.parse(each.at) <= at);
  const after = shown.slice(before.length);
  return [
    colors.bold(title),
    '',
    ...before.map((each) => line(each, options)),
    ...(at === null ? [] : [colors.bold(`${'-'.repeat(GUTTER - 10)} ${clock(at)} -`)]),
    ...after.map((each) => line(each, options)),
    ...(at === null ? [] : ['', ...standing(entries, { ...options, at })]),
    '',
    ...nextCommands(shown, options),
  ].join('\n');
}

/** Columns before the text. */
const GUTTER = 22;

function line(each: Told, { at, now, colors, columns }: ViewOptions): string {
  const ms = Date.parse(each.at);
  const distance =
    at === null ? ago(each.at, now) : `${ms < at ? '-' : '+'}${wholeSeconds(Math.abs(ms - at))}`;
  const time = `${distance.padStart(11)}  ${clock(ms)}`;
  const often =
    each.times === 1 ? '' : ` (${each.times} times, the last at ${clock(Date.parse(each.until))})`;
  const text = wrap(`${plain(each.text)}${often}`, { columns, indent: ' '.repeat(GUTTER + 1) });
  // The reason often ends with the last of them.
  const words = (each.last_words ?? [])
    .filter((word) => !each.text.includes(word))
    .map((word) =>
      colors.dim(`${' '.repeat(GUTTER + 1)}  ${plain(word).slice(0, Math.max(20, columns - GUTTER - 3))}`),
    );
  return [`${colors.dim(time.padEnd(GUTTER))} ${paint(each, colors)(text.trimStart())}`, ...words].join('\n');
}

function paint({ kind, is_bad }: Told, colors: Colors): (text: string) => string {
  if (is_bad) return colors.red;
  if (kind === 'action' || kind === 'configuration') return colors.cyan;
  return kind === 'deployment' ? colors.bold : (text) => text;
}

function standing(
  entries: readonly TimelineEntry[],
  { app, at, colors }: ViewOptions & { at: number },
): string[] {
  const found = standingAt(entries, at);
  if (found.length === 0) return [`At ${clock(at)} nothing of ${app} is known to have run.`];
  const width = Math.max(...found.map(({ instance }) => instance.length));
  return [
    `At ${clock(at)}:`,
    ...found.map(({ instance, version, since, trouble }) => {
      const lasted = `for ${wholeSeconds(at - Date.parse(since))}`;
      const name = `  ${instance.padEnd(width)}  `;
      if (version === null) return colors.red(`${name}down ${lasted}: ${plain(trouble ?? '')}`);
      const runs = `${versionText(version)} ${lasted}`;
      return trouble === null
        ? `${name}ran ${runs}`
        : colors.red(`${name}ran ${versionText(version)}, and ${plain(trouble)}`);
    }),
  ];
}

function nextCommands(shown: readonly Told[], { app, at }: ViewOptions): string[] {
  const deployment = shown.findLast(
    (each) => each.deployment !== null && (at === null || Date.parse(each.at) <= at),
  );
  const bad = shown.findLast((each) => each.is_bad && each.kind === 'exit');
  const moment = at ?? (bad ? Date.parse(bad.at) : null);
  return [
    ...(deployment ? [`  slipway show ${deployment.deployment}`] : []),
    ...(at === null && bad ? [`  slipway timeline ${app} --at "${stamp(Date.parse(bad.at))}"`] : []),
    ...(moment === null ? [] : [`  slipway logs ${bad?.instance ?? app} --at "${stamp(moment)}"`]),
  ];
}

function stamp(ms: number): string {
  return localTime(new Date(ms).toISOString());
}

function clock(ms: number): string {
  return stamp(ms).slice('yyyy-mm-dd '.length);
}
