import type { Deployment, Release } from '../../api/index.ts';
import { formatSize } from '../../kernel/index.ts';
import { ago, took, versionText } from '../../wording/index.ts';
import { type Colors, cut, plain } from '../output/index.ts';
import { stateText } from './state.ts';
import { table } from './table.ts';

interface ViewOptions {
  app: string;
  colors: Colors;
  columns: number;
  now: number;
}

export function releasesView(releases: Release[], { app, colors, now }: ViewOptions): string {
  if (releases.length === 0) return `${app} has no release yet.\n  slipway deploy ${app}`;
  const rows = table({
    head: ['RELEASE', 'VERSION', 'STATE', 'PROVEN', 'CREATED', 'SIZE'],
    colors,
    right: [0, 5],
    rows: releases.map((release) => [
      String(release.number),
      versionText(release.version),
      stateText(release.state, colors),
      release.proven ? 'yes' : 'no',
      ago(release.created_at, now),
      release.size_bytes === null ? '-' : formatSize(release.size_bytes),
    ]),
  });
  const strays = releases.flatMap(({ stray }) => (stray ? [`! ${stray.reason}; next: ${stray.next}`] : []));
  return [rows, ...strays.map((stray) => colors.yellow(plain(stray)))].join('\n');
}

export function deploymentsView(
  deployments: Deployment[],
  { app, colors, columns, now }: ViewOptions,
): string {
  if (deployments.length === 0) return `${app} was never deployed.\n  slipway deploy ${app}`;
  const lines = table({
    head: ['ID', 'RELEASE', 'VERSION', 'KIND', 'STATE', 'BY', 'STARTED', 'TOOK'],
    colors,
    right: [0, 1, 7],
    rows: deployments.map((each) => [
      String(each.id),
      each.number === null ? '-' : String(each.number),
      versionText(each.version),
      each.kind,
      stateText(each.state, colors),
      plain(each.trigger === 'auto' ? 'auto' : each.actor),
      each.started_at === null ? '-' : ago(each.started_at, now),
      took(each.started_at, each.ended_at, now) ?? '-',
    ]),
  }).split('\n');
  const rows = deployments.map((each, index) => {
    const why = each.reason !== null ? `\n      ${colors.dim(cut(plain(each.reason), columns - 6))}` : '';
    return `${lines[index + 1]}${why}`;
  });
  return [lines[0], ...rows].join('\n');
}
