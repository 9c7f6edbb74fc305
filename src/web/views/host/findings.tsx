import type { HostCheck } from '../../../api/pages/index.ts';
import { Command, Loading, ProblemBox, Section, sentence } from '../../components/index.ts';
import type { Resource } from '../../models/index.ts';

const WORDS = { fail: 'wrong', warn: 'warning', ok: 'well' } as const;
const TONES = { fail: 'bad', warn: 'moving', ok: 'good' } as const;
const RANK = { fail: 0, warn: 1, ok: 2 } as const;

/** What is wrong with the host, worst first, each with the command that mends it. */
export function Findings({ doctor }: { doctor: Resource<HostCheck[]> }) {
  const checks = doctor.value.value;
  const again = () => void doctor.refresh();
  const found = (checks ?? [])
    .filter(({ state }) => state !== 'ok')
    .toSorted((a, b) => RANK[a.state] - RANK[b.state]);
  const well = (checks ?? []).filter(({ state }) => state === 'ok');
  return (
    <Section
      title="What the doctor finds"
      aside={
        <button type="button" class="button small" onClick={again}>
          Look again
        </button>
      }
    >
      <ProblemBox problem={doctor.problem.value} retry={again} />
      {checks === null ? (
        doctor.problem.value === null && <Loading />
      ) : (
        <div class="panel findings">
          <ul>
            {found.map((check) => (
              <Finding key={`${check.name} ${check.message}`} check={check} />
            ))}
          </ul>
          <details open={found.length === 0}>
            <summary>{well.length} checks found nothing wrong</summary>
            <ul>
              {well.map((check) => (
                <Finding key={`${check.name} ${check.message}`} check={check} />
              ))}
            </ul>
          </details>
        </div>
      )}
    </Section>
  );
}

function Finding({ check: { name, state, message, mend, note } }: { check: HostCheck }) {
  return (
    <li class="finding">
      <span class={`badge tone-${TONES[state]}`}>{WORDS[state]}</span>
      <div class="finding-text">
        <strong>{sentence(name)}</strong>
        <p>{message}</p>
        {mend !== null && <Command text={mend} />}
        {note !== null && <p class="muted small">{sentence(note)}</p>}
      </div>
    </li>
  );
}
