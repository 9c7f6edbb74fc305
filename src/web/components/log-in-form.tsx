import { useSignal } from '@preact/signals';
import { knowsPasskeys, type LogInModel } from '../models/index.ts';
import { Field } from './field.tsx';
import { ProblemBox } from './problem.tsx';

/** User and password, or a passkey; then, where it is asked for, a second factor. */
export function LogInForm({ model, user = '' }: { model: LogInModel; user?: string }) {
  return model.factors.value === null ? (
    <PasswordForm model={model} user={user} />
  ) : (
    <CodeForm model={model} factors={model.factors.value} />
  );
}

function PasswordForm({ model, user }: { model: LogInModel; user: string }) {
  const name = useSignal(user);
  const password = useSignal('');
  const busy = model.password.busy.value || model.passkey.busy.value;
  const submit = (event: Event) => {
    event.preventDefault();
    void model.password.run({ user: name.value.trim(), password: password.value });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <Field
        label="User"
        name="user"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        autofocus={user === ''}
        required
        value={name.value}
        onText={(text) => {
          name.value = text;
        }}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autocomplete="current-password"
        autofocus={user !== ''}
        required
        value={password.value}
        onText={(text) => {
          password.value = text;
        }}
      />
      <ProblemBox problem={model.password.problem.value ?? model.passkey.problem.value} />
      <button type="submit" class="button primary tall" disabled={busy}>
        {model.password.busy.value && <span class="spinner" aria-hidden="true" />}
        Log in
      </button>
      {knowsPasskeys() && <PasskeyButton model={model} busy={busy} />}
    </form>
  );
}

function CodeForm({ model, factors }: { model: LogInModel; factors: readonly string[] }) {
  const code = useSignal('');
  const busy = model.code.busy.value || model.passkey.busy.value;
  const takesCodes = factors.includes('totp') || factors.includes('recovery');
  const submit = (event: Event) => {
    event.preventDefault();
    if (takesCodes) void model.code.run({ code: code.value.trim() });
  };
  return (
    <form class="stack" onSubmit={submit}>
      {takesCodes && (
        <Field
          label="Code"
          class="input code"
          name="code"
          autocomplete="one-time-code"
          autofocus
          required
          spellcheck={false}
          value={code.value}
          help="Six digits of your authenticator, or one of your recovery codes."
          onText={(text) => {
            code.value = text;
          }}
        />
      )}
      <ProblemBox problem={model.code.problem.value ?? model.passkey.problem.value} />
      {takesCodes && (
        <button type="submit" class="button primary tall" disabled={busy}>
          Log in
        </button>
      )}
      {factors.includes('passkey') && knowsPasskeys() && <PasskeyButton model={model} busy={busy} />}
      <button type="button" class="button plain" onClick={model.restart}>
        Back
      </button>
    </form>
  );
}

function PasskeyButton({ model, busy }: { model: LogInModel; busy: boolean }) {
  return (
    <button type="button" class="button tall" disabled={busy} onClick={() => void model.passkey.run()}>
      {model.passkey.busy.value && <span class="spinner" aria-hidden="true" />}
      Use a passkey
    </button>
  );
}
