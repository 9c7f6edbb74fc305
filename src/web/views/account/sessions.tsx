import { Ago, Loading, ProblemBox, Section } from '../../components/index.ts';
import type { AccountModel } from '../../models/index.ts';

/** Where one is logged in. */
export function SessionsSection({ model }: { model: AccountModel }) {
  const { value, problem, refresh } = model.sessions;
  return (
    <Section title="Sessions">
      <ProblemBox problem={problem.value} retry={() => void refresh()} />
      <ProblemBox problem={model.endSession.problem.value} />
      {value.value === null ? (
        problem.value === null && <Loading />
      ) : (
        <ul class="panel names">
          {value.value.map(({ session, agent, address, seen_at, created_at, current }) => (
            <li key={session}>
              <span class="grow">
                {browserOf(agent)} {current && <span class="badge tone-good">this one</span>}
                <span class="muted small block">
                  {address ?? 'unknown address'}, logged in <Ago at={created_at} />, seen <Ago at={seen_at} />
                </span>
              </span>
              {!current && (
                <button
                  type="button"
                  class="button small"
                  aria-label={`End the session of ${browserOf(agent)}`}
                  onClick={() => void model.endSession.run({ session })}
                >
                  End
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

/** `Chrome on Linux`, as far as the browser says so. */
function browserOf(agent: string | null): string {
  if (agent === null) return 'Unknown browser';
  const browser = /Edg|OPR|Firefox|Chrome|Safari/.exec(agent)?.[0] ?? 'Browser';
  const system = /Android|iPhone|iPad|Windows|Mac OS|Linux/.exec(agent)?.[0];
  const name = { Edg: 'Edge', OPR: 'Opera' }[browser] ?? browser;
  return system === undefined ? name : `${name} on ${system}`;
}
