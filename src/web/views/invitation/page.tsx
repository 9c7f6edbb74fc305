import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { Invitation } from '../../../api/pages/index.ts';
import { Field, Gate, Loading, ProblemBox } from '../../components/index.ts';
import { useModel } from '../../context/index.ts';
import { createInvitation, type InvitationModel } from '../../models/index.ts';

/** The link that lets one user in, once. Its token is behind the `#`, which no server and no proxy gets to see. */
export function Page() {
  const token = useMemo(() => location.hash.slice(1), []);
  const model = useModel((slipway) =>
    createInvitation(slipway, token, (me) => {
      slipway.session.opened(me);
      slipway.router.go('/', { replace: true });
    }),
  );
  const invitation = model.invitation.value;
  const problem = model.problem.value;
  return (
    <Gate title="Welcome to Slipway">
      {invitation !== null ? (
        <InvitationForm model={model} invitation={invitation} />
      ) : problem !== null ? (
        <ProblemBox problem={problem} />
      ) : (
        <Loading />
      )}
    </Gate>
  );
}

function InvitationForm({ model, invitation }: { model: InvitationModel; invitation: Invitation }) {
  const user = useSignal(invitation.user ?? '');
  const password = useSignal('');
  const repeated = useSignal('');
  const differs = repeated.value !== '' && repeated.value !== password.value;
  const submit = (event: Event) => {
    event.preventDefault();
    if (password.value === repeated.value)
      void model.accept.run({ user: user.value.trim(), password: password.value });
  };
  return (
    <form class="stack" onSubmit={submit}>
      <p class="muted">
        You are invited as {invitation.role === 'admin' ? 'an' : 'a'} <strong>{invitation.role}</strong>{' '}
        {invitation.apps === null ? 'of all apps' : `of ${invitation.apps.join(', ')}`}.
      </p>
      <Field
        label="User"
        name="user"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        required
        readOnly={invitation.user !== null}
        autofocus={invitation.user === null}
        value={user.value}
        onText={(text) => {
          user.value = text;
        }}
      />
      <Field
        label="Password"
        name="password"
        type="password"
        autocomplete="new-password"
        required
        value={password.value}
        help="Long is better than strange: a few words will do."
        onText={(text) => {
          password.value = text;
        }}
      />
      <Field
        label="Repeat password"
        name="repeated"
        type="password"
        autocomplete="new-password"
        required
        aria-invalid={differs}
        value={repeated.value}
        {...(differs && { help: <span class="tone-bad">It is not the same.</span> })}
        onText={(text) => {
          repeated.value = text;
        }}
      />
      <ProblemBox problem={model.accept.problem.value} />
      <button type="submit" class="button primary tall" disabled={model.accept.busy.value || differs}>
        {model.accept.busy.value && <span class="spinner" aria-hidden="true" />}
        Create
      </button>
    </form>
  );
}
