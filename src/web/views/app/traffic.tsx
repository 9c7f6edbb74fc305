import type { App } from '../../../api/pages/index.ts';
import { figureText, formatDuration, wholeSeconds } from '../../../wording/index.ts';
import { Section, Version } from '../../components/index.ts';

type Traffic = NonNullable<App['traffic']>;
type Figures = Omit<Traffic, 'sampled' | 'releases'>;

/** What comes through the proxy: of the app and, where several have served, of each release. */
export function TrafficSection({ app: { traffic } }: { app: App }) {
  if (!traffic) return null;
  const releases = traffic.releases.length < 2 ? [] : traffic.releases;
  return (
    <Section title="Traffic">
      <div class="panel scroll live">
        <table class="table stacks">
          <thead>
            <tr>
              <th>Of</th>
              <th class="right">Requests/s</th>
              <th class="right">5xx</th>
              <th class="right">p50</th>
              <th class="right">p95</th>
              <th class="right">p99</th>
            </tr>
          </thead>
          <tbody>
            <Row of={`the last ${wholeSeconds(traffic.window_s * 1000)}`} figures={traffic} />
            {releases.map((release) => (
              <Row
                key={release.version}
                of={
                  <>
                    <Version version={release.version} />{' '}
                    <span class="muted small">in {wholeSeconds(release.window_s * 1000)}</span>
                  </>
                }
                figures={release}
              />
            ))}
          </tbody>
        </table>
      </div>
      {traffic.sampled && (
        <p class="muted small">Reckoned from a part of the requests: more come than the agent reads.</p>
      )}
    </Section>
  );
}

function Row({ of, figures }: { of: preact.ComponentChildren; figures: Figures }) {
  const { requests_per_s, errors_percent, p50_ms, p95_ms, p99_ms } = figures;
  return (
    <tr>
      <td class="nowrap">{of}</td>
      <td class="right number" data-name="Requests/s">
        {figureText(requests_per_s)}
      </td>
      <td class="right number" data-name="5xx">
        <span class={(errors_percent ?? 0) > 0 ? 'tone-bad' : ''}>
          {errors_percent === null ? '–' : `${figureText(errors_percent)}%`}
        </span>
      </td>
      {(
        [
          ['p50', p50_ms],
          ['p95', p95_ms],
          ['p99', p99_ms],
        ] as const
      ).map(([name, value]) => (
        <td key={name} class="right number nowrap" data-name={name}>
          {value === null ? '–' : formatDuration(value)}
        </td>
      ))}
    </tr>
  );
}
