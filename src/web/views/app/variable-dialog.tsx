import { useSignal } from '@preact/signals';
import { commandLine } from '../../../wording/index.ts';
import { ActionDialog } from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** A new value, which goes to the agent and never comes back. */
export function VariableDialog({
  app,
  actions,
  dialogs,
  of,
  name,
}: Parts & { of: 'env' | 'secret'; name: string | null }) {
  const typedName = useSignal(name ?? '');
  const value = useSignal('');
  const isSecret = of === 'secret';
  return (
    <ActionDialog
      title={isSecret ? 'Set a secret' : 'Set a variable'}
      verb="Set"
      action={isSecret ? actions.changeSecrets : actions.changeEnv}
      input={{ set: { [typedName.value.trim()]: value.value }, unset: [] }}
      onClose={dialogs.close}
      command={commandLine(['slipway', of, app.app, 'set', typedName.value.trim() || 'NAME'])}
      disabled={!/^[A-Za-z_]\w*$/.test(typedName.value.trim())}
    >
      <div class="field">
        <label for="variable-name">Name</label>
        <input
          id="variable-name"
          class="input mono"
          value={typedName.value}
          readOnly={name !== null}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            typedName.value = event.currentTarget.value;
          }}
        />
      </div>
      <div class="field">
        <label for="variable-value">Value</label>
        <textarea
          id="variable-value"
          class="input mono"
          value={value.value}
          autocomplete="off"
          spellcheck={false}
          onInput={(event) => {
            value.value = event.currentTarget.value;
          }}
        />
        <span class="help">
          {isSecret
            ? 'It is sealed on the host, and never shown again.'
            : 'A deployment places the new .env into the live release.'}
        </span>
      </div>
    </ActionDialog>
  );
}

export function UnsetDialog({
  app,
  actions,
  dialogs,
  of,
  name,
}: Parts & { of: 'env' | 'secret'; name: string }) {
  return (
    <ActionDialog
      title={`Remove ${name}`}
      verb="Remove"
      danger
      action={of === 'secret' ? actions.changeSecrets : actions.changeEnv}
      input={{ set: {}, unset: [name] }}
      onClose={dialogs.close}
      command={commandLine(['slipway', of, app.app, 'unset', name])}
    >
      <p>
        <span class="mono">{name}</span> is removed from the {of === 'secret' ? 'secrets' : '.env'} of{' '}
        {app.app}.
      </p>
    </ActionDialog>
  );
}
