import { Ago, Menu, ProblemBox, Section } from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** Names of what stands in the .env of the site. Values can be set here and are never shown: they do not leave the agent. */
export function EnvironmentSection({ model, dialogs }: Parts) {
  const names = model.variables.value.value ?? [];
  return (
    <Section
      title="Environment"
      aside={
        <Add onClick={() => dialogs.show({ is: 'variable', of: 'env', name: null })} text="Set a variable" />
      }
    >
      <ProblemBox problem={model.variables.problem.value} />
      <List
        empty="The .env has no variable."
        entries={names.map((name) => ({ name, at: null }))}
        onSet={(name) => dialogs.show({ is: 'variable', of: 'env', name })}
        onUnset={(name) => dialogs.show({ is: 'unset', of: 'env', name })}
      />
    </Section>
  );
}

/** Names of the secrets that the processes of the app get. Values are set here, and never shown either. */
export function SecretsSection({ app, model, dialogs }: Parts) {
  const secrets = model.secrets.value.value ?? [];
  return (
    <Section
      title="Secrets"
      aside={
        <Add onClick={() => dialogs.show({ is: 'variable', of: 'secret', name: null })} text="Set a secret" />
      }
    >
      <ProblemBox problem={model.secrets.problem.value} />
      <List
        empty="There is no secret."
        entries={[
          ...(app.waits_for ?? []).map((name) => ({ name, at: null, isMissing: true })),
          ...secrets.map(({ name, set_at }) => ({ name, at: set_at })),
        ]}
        onSet={(name) => dialogs.show({ is: 'variable', of: 'secret', name })}
        onUnset={(name) => dialogs.show({ is: 'unset', of: 'secret', name })}
      />
    </Section>
  );
}

function Add({ text, onClick }: { text: string; onClick: () => void }) {
  return (
    <button type="button" class="button small" onClick={onClick}>
      {text}
    </button>
  );
}

function List(props: {
  empty: string;
  /** `isMissing`: it is named in the configuration, and not known. */
  entries: readonly { name: string; at: string | null; isMissing?: boolean }[];
  onSet: (name: string) => void;
  onUnset: (name: string) => void;
}) {
  if (props.entries.length === 0) return <p class="muted">{props.empty}</p>;
  return (
    <ul class="panel names">
      {props.entries.map(({ name, at, isMissing = false }) => (
        <li key={`${name} ${isMissing}`}>
          <span class="mono">{name}</span>
          <span class="muted small">
            {isMissing && <span class="tone-bad">not known yet, and waited for</span>}
            {at !== null && (
              <>
                set <Ago at={at} />
              </>
            )}
          </span>
          {isMissing ? (
            isSettable(partOf(name)) && (
              <button
                type="button"
                class="button small"
                aria-label={`Set ${name}`}
                onClick={() => props.onSet(partOf(name))}
              >
                Set
              </button>
            )
          ) : (
            <Menu
              label={`Actions of ${name}`}
              items={[
                { text: 'Set anew…', run: () => props.onSet(name) },
                { text: 'Remove…', run: () => props.onUnset(name), danger: true },
              ]}
            />
          )}
        </li>
      ))}
    </ul>
  );
}

/** `db` of `db#url`, a value among those of one secret. */
function partOf(name: string): string {
  return name.replace(/#.*$/, '');
}

/** Others, as `prod/db`, are set in the store that the configuration names. */
function isSettable(name: string): boolean {
  return /^[A-Za-z_]\w*$/.test(name);
}
