import type { Plan } from '../../../api/pages/index.ts';
import { formatSize, stepName, versionText, withShortCommits } from '../../../wording/index.ts';
import { sentence } from '../../components/index.ts';

/** What would be done, decided by the agent just now. */
export function PlanView({ plan }: { plan: Plan }) {
  const { upgrade, site, steps, notes } = plan;
  return (
    <div class="plan">
      <p>
        <strong>{howText(plan)}</strong>
      </p>
      {upgrade !== null && upgrade.reason === null && <Applications upgrade={upgrade} />}
      {site !== null && site.commits.length > 0 && <Commits commits={site.commits} />}
      {site?.space && (
        <p class={site.space.needed_bytes > site.space.free_bytes ? 'tone-bad' : 'muted'}>
          {formatSize(site.space.needed_bytes)} needed, {formatSize(site.space.free_bytes)} free
        </p>
      )}
      <details>
        <summary>
          {steps.length} {steps.length === 1 ? 'step' : 'steps'}
        </summary>
        <ol class="plan-steps">
          {steps.map((step, index) => (
            <li key={index}>{stepName(step)}</li>
          ))}
        </ol>
      </details>
      {notes.map((note) => (
        <p key={note} class="muted">
          {sentence(withShortCommits(note))}
        </p>
      ))}
    </div>
  );
}

function howText({ kind, upgrade, site }: Plan): string {
  if (site !== null || kind === 'site') return 'The directory is switched at once.';
  if (upgrade === null) return 'Full: each instance is started anew, one after the other.';
  return upgrade.reason === null
    ? 'Hot: the instances are upgraded while they run.'
    : `Full: each instance is started anew, one after the other (${upgrade.reason}).`;
}

function Applications({ upgrade }: { upgrade: NonNullable<Plan['upgrade']> }) {
  return (
    <ul class="applications">
      {upgrade.applications.map(({ name, from, to, modules, instructions }) => (
        <li key={name}>
          <span class="mono">
            <strong>{name}</strong> {from ?? 'none'} → {to ?? 'none'}
          </span>
          {modules.length > 0 && <div class="muted small">{modules.join(', ')}</div>}
          {instructions.length > 0 && <pre class="output">{instructions.join('\n')}</pre>}
        </li>
      ))}
    </ul>
  );
}

function Commits({ commits }: { commits: NonNullable<Plan['site']>['commits'] }) {
  return (
    <div>
      <p class="label">
        {commits.length} {commits.length === 1 ? 'commit' : 'commits'} since the live release
      </p>
      <ul class="commits">
        {commits.map(({ commit, subject, author }) => (
          <li key={commit}>
            <span class="version">{versionText(commit)}</span> <span>{subject}</span>{' '}
            <span class="muted small">{author}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
