import { useSignal } from '@preact/signals';
import { Field, ProblemBox, Section } from '../../components/index.ts';
import type { AccountModel } from '../../models/index.ts';

export function PasswordSection({ model }: { model: AccountModel }) {
  const current = useSignal('');
  const password = useSignal('');
  const submit = async (event: Event) => {
    event.preventDefault();
    if (!(await model.changePassword.run({ current: current.value, password: password.value }))) return;
    current.value = '';
    password.value = '';
  };
  return (
    <Section title="Password">
      <form class="panel padded stack narrow" onSubmit={(event) => void submit(event)}>
        <Field
          label="Present password"
          type="password"
          autocomplete="current-password"
          required
          value={current.value}
          onText={(text) => {
            current.value = text;
          }}
        />
        <Field
          label="New password"
          type="password"
          autocomplete="new-password"
          required
          value={password.value}
          help="All your sessions end, and you log in anew."
          onText={(text) => {
            password.value = text;
          }}
        />
        <ProblemBox problem={model.changePassword.problem.value} />
        <div class="buttons">
          <button type="submit" class="button" disabled={model.changePassword.busy.value}>
            Change password
          </button>
        </div>
      </form>
    </Section>
  );
}
