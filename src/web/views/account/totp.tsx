import { useSignal } from '@preact/signals';
import type { Me } from '../../../api/pages/index.ts';
import { ActionDialog, Copy, Dialog, Field, ProblemBox, QrCode, Section } from '../../components/index.ts';
import type { AccountModel } from '../../models/index.ts';

/** One-time codes: on only when one of them was right. */
export function TotpSection({ model, me }: { model: AccountModel; me: Me }) {
  const removes = useSignal(false);
  const password = useSignal('');
  return (
    <Section title="Second factor">
      <div class="panel padded setting">
        <div>
          {me.totp ? (
            <>
              <strong>One-time codes are on.</strong>{' '}
              <span class={me.recovery_codes_left < 3 ? 'tone-bad' : 'muted'}>
                {me.recovery_codes_left === 1
                  ? 'One recovery code is'
                  : `${me.recovery_codes_left} recovery codes are`}{' '}
                left.
              </span>
            </>
          ) : (
            <>
              <strong>One-time codes are off.</strong>{' '}
              <span class="muted">With them, your password alone lets nobody in.</span>
            </>
          )}
          <ProblemBox problem={model.setUpTotp.problem.value} />
        </div>
        <button
          type="button"
          class="button"
          onClick={() => {
            if (me.totp) removes.value = true;
            else void model.setUpTotp.run();
          }}
        >
          {me.totp ? 'Turn off…' : 'Set up…'}
        </button>
      </div>
      {model.totp.value !== null && (
        <SetUp model={model} uri={model.totp.value.uri} secret={model.totp.value.secret} />
      )}
      {model.recoveryCodes.value !== null && (
        <Codes codes={model.recoveryCodes.value} onClose={model.forget} />
      )}
      {removes.value && (
        <ActionDialog
          title="Turn one-time codes off"
          verb="Turn off"
          danger
          action={model.removeTotp}
          input={{ password: password.value }}
          onClose={() => {
            removes.value = false;
            password.value = '';
          }}
        >
          <Field
            label="Password"
            type="password"
            autocomplete="current-password"
            required
            autofocus
            value={password.value}
            onText={(text) => {
              password.value = text;
            }}
          />
        </ActionDialog>
      )}
    </Section>
  );
}

function SetUp({ model, uri, secret }: { model: AccountModel; uri: string; secret: string }) {
  const code = useSignal('');
  return (
    <ActionDialog
      title="Set up one-time codes"
      verb="Turn on"
      action={model.confirmTotp}
      input={{ code: code.value.trim() }}
      onClose={() => {
        if (model.totp.value !== null) model.forget();
      }}
    >
      <p>Scan this with your authenticator, and type the code that it shows.</p>
      <QrCode text={uri} label="QR code for an authenticator" />
      <div>
        <div class="command-title">Or type it in</div>
        <div class="command">
          <code>{secret}</code>
          <Copy text={secret} what="the secret" />
        </div>
      </div>
      <Field
        label="Code"
        class="input code"
        autocomplete="one-time-code"
        required
        autofocus
        value={code.value}
        onText={(text) => {
          code.value = text;
        }}
      />
    </ActionDialog>
  );
}

function Codes({ codes, onClose }: { codes: readonly string[]; onClose: () => void }) {
  return (
    <Dialog title="Recovery codes" onClose={onClose}>
      <div class="dialog-body">
        <p>
          Each of them lets you in once when your authenticator is not at hand. They are not shown again: put
          them where you will find them.
        </p>
        <ul class="codes mono">
          {codes.map((code) => (
            <li key={code}>{code}</li>
          ))}
        </ul>
        <div class="command">
          <span class="muted small">All of them</span>
          <Copy text={codes.join('\n')} what="the recovery codes" />
        </div>
      </div>
      <div class="dialog-foot">
        <button type="button" class="button primary" onClick={onClose}>
          I have kept them
        </button>
      </div>
    </Dialog>
  );
}
