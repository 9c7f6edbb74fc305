import type { App } from '../../api/index.ts';
import { figureText, formatDuration, versionText, wholeSeconds } from '../../wording/index.ts';
import { type Colors, plain } from '../output/index.ts';
import { indented, table } from './table.ts';

type Figures = NonNullable<App['instances'][number]['traffic']>;

/** What comes through the proxy, in a line below an app; none where nothing did. */
export function trafficNote({ traffic }: App): string[] {
  if (!traffic || traffic.requests === 0) return [];
  const { requests_per_s, errors_percent, p50_ms, p95_ms, p99_ms } = traffic;
  const latency = p50_ms === null ? '' : `; p50 ${ms(p50_ms)}, p95 ${ms(p95_ms)}, p99 ${ms(p99_ms)}`;
  const errors = errors_percent === null ? '' : `, ${figureText(errors_percent)}% 5xx`;
  return [`${figureText(requests_per_s)} requests a second${errors}${latency}`];
}

/** The same of an app that is looked at by itself: by instance and, where several releases have served, by release. */
export function trafficView(app: App, colors: Colors): string[] {
  const { traffic } = app;
  if (!traffic) return [];
  const rows = [
    [colors.bold(app.app), ...cells(traffic, colors)],
    ...app.instances.flatMap((each) =>
      each.traffic ? [[`  ${each.instance}`, ...cells(each.traffic, colors)]] : [],
    ),
    // One that serves by itself is the app.
    ...(traffic.releases.length < 2 ? [] : traffic.releases).map((release) => [
      `  ${plain(versionText(release.version))}`,
      ...cells(release, colors),
      colors.dim(`of ${wholeSeconds(release.window_s * 1000)}`),
    ]),
  ];
  const head = ['TRAFFIC', 'REQUESTS/S', '5XX', 'P50', 'P95', 'P99', ''];
  const sampled = traffic.sampled
    ? [indented(colors.dim('reckoned from a part of the requests: more come than the agent reads'))]
    : [];
  return ['', table({ head, rows, colors, right: [1, 2, 3, 4, 5] }), ...sampled];
}

function cells(figures: Figures, colors: Colors): string[] {
  const { requests_per_s, errors_percent, p50_ms, p95_ms, p99_ms } = figures;
  const errors = errors_percent === null ? '' : `${figureText(errors_percent)}%`;
  return [
    figureText(requests_per_s),
    (errors_percent ?? 0) > 0 ? colors.red(errors) : errors,
    ...[p50_ms, p95_ms, p99_ms].map(ms),
  ];
}

function ms(value: number | null): string {
  return value === null ? '' : formatDuration(value);
}
