import { useSignal } from '@preact/signals';
import type { Me } from '../../../api/pages/index.ts';
import { ActionDialog, Ago, Field, ProblemBox, Section } from '../../components/index.ts';
import { type AccountModel, knowsPasskeys } from '../../models/index.ts';

/** What lets one in with a finger or a key, and cannot be given away to a false page. */
export function PasskeySection({ model, me }: { model: AccountModel; me: Me }) {
  const adds = useSignal(false);
  const name = useSignal('');
  const add = (
    <button
      type="button"
      class="button small"
      onClick={() => {
        adds.value = true;
      }}
    >
      Add a passkey
    </button>
  );
  return (
    <Section title="Passkeys" aside={knowsPasskeys() ? add : undefined}>
      <ProblemBox problem={model.removePasskey.problem.value} />
      {me.passkeys.length === 0 ? (
        <p class="muted">
          {knowsPasskeys()
            ? 'You have none. With one, there is no password to be stolen.'
            : 'The browser has them over HTTPS alone.'}
        </p>
      ) : (
        <ul class="panel names">
          {me.passkeys.map(({ id, name: given, created_at, last_used_at }) => (
            <li key={id}>
              <span class="grow">{given}</span>
              <span class="muted small">
                added <Ago at={created_at} />
                {last_used_at !== null && (
                  <>
                    , used <Ago at={last_used_at} />
                  </>
                )}
              </span>
              <button
                type="button"
                class="button small"
                aria-label={`Remove the passkey ${given}`}
                onClick={() => void model.removePasskey.run({ passkey: id })}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      {adds.value && (
        <ActionDialog
          title="Add a passkey"
          verb="Add"
          action={model.addPasskey}
          input={{ name: name.value.trim() }}
          disabled={name.value.trim() === ''}
          onClose={() => {
            adds.value = false;
            name.value = '';
          }}
        >
          <Field
            label="Name"
            placeholder="Laptop"
            required
            autofocus
            value={name.value}
            help="So that you know it when you want to remove it."
            onText={(text) => {
              name.value = text;
            }}
          />
        </ActionDialog>
      )}
    </Section>
  );
}
