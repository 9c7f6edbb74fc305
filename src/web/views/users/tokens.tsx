import { useSignal } from '@preact/signals';
import type { Role, Token } from '../../../api/pages/index.ts';
import { commandLine, parseDuration } from '../../../wording/index.ts';
import {
  ActionDialog,
  Ago,
  Empty,
  Field,
  Loading,
  ProblemBox,
  Section,
  Soon,
} from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { UsersModel } from '../../models/index.ts';
import { appsOf, appsText, GrantFields, grantWords } from './grant.tsx';
import { Once } from './once.tsx';

export function TokensSection({ model }: { model: UsersModel }) {
  const creates = useSignal(false);
  const revokes = useSignal<Token | null>(null);
  const { value, problem, refresh } = model.tokens;
  return (
    <Section
      title="API tokens"
      aside={
        <button
          type="button"
          class="button small"
          onClick={() => {
            creates.value = true;
          }}
        >
          Create a token
        </button>
      }
    >
      <ProblemBox problem={problem.value} retry={() => void refresh()} />
      {value.value === null ? (
        problem.value === null && <Loading />
      ) : value.value.length === 0 ? (
        <div class="panel">
          <Empty title="There is no token" command="slipway token create --name ci --role deployer">
            A program sends one as <code>Authorization: Bearer</code>.
          </Empty>
        </div>
      ) : (
        <div class="panel scroll">
          <table class="table stacks">
            <thead>
              <tr>
                <th>Token</th>
                <th>Role</th>
                <th>Apps</th>
                <th>Made</th>
                <th>Expires</th>
                <th>Last used</th>
                <th>
                  <span class="off-screen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.value.map((token) => (
                <Row
                  key={token.id}
                  token={token}
                  onRevoke={() => {
                    revokes.value = token;
                  }}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {creates.value && (
        <CreateDialog
          model={model}
          onClose={() => {
            creates.value = false;
          }}
        />
      )}
      {revokes.value !== null && (
        <ActionDialog
          title={`Revoke ${revokes.value.name}`}
          verb="Revoke"
          danger
          action={model.revokeToken}
          input={{ token: revokes.value.id }}
          command={`slipway token revoke ${revokes.value.id}`}
          onClose={() => {
            revokes.value = null;
          }}
        >
          <p>What calls the API with it is refused from now on.</p>
        </ActionDialog>
      )}
      {model.created.value !== null && (
        <Once
          title="Token"
          text={model.created.value.token}
          about="It is not shown again: put it where the program reads it."
          what="the token"
          onClose={model.forget}
        />
      )}
    </Section>
  );
}

function Row({ token, onRevoke }: { token: Token; onRevoke: () => void }) {
  const { now } = useSlipway();
  const { name, role, apps, created_at, created_by, expires_at, last_used_at, revoked_at } = token;
  const isExpired = expires_at !== null && Date.parse(expires_at) <= now.value;
  return (
    <tr>
      <td>
        <span class="state">
          {name}
          {revoked_at !== null && <span class="badge">revoked</span>}
          {revoked_at === null && isExpired && <span class="badge">expired</span>}
        </span>
      </td>
      <td data-name="Role">{role}</td>
      <td data-name="Apps">{appsText(apps)}</td>
      <td data-name="Made">
        <span>
          <Ago at={created_at} /> <span class="muted">by {created_by}</span>
        </span>
      </td>
      <td data-name="Expires">
        {expires_at === null ? (
          <span class="muted">never</span>
        ) : isExpired ? (
          <Ago at={expires_at} />
        ) : (
          <Soon at={expires_at} />
        )}
      </td>
      <td data-name="Last used">
        {last_used_at === null ? <span class="muted">never</span> : <Ago at={last_used_at} />}
      </td>
      <td class="actions">
        {revoked_at === null && (
          <button type="button" class="button small" aria-label={`Revoke ${name}`} onClick={onRevoke}>
            Revoke
          </button>
        )}
      </td>
    </tr>
  );
}

function CreateDialog({ model, onClose }: { model: UsersModel; onClose: () => void }) {
  const name = useSignal('');
  const role = useSignal<Role>('deployer');
  const apps = useSignal('');
  const expires = useSignal('90d');
  const expiresMs = expires.value.trim() === '' ? null : parseDuration(expires.value);
  const isWrong = expires.value.trim() !== '' && expiresMs === null;
  const granted = appsOf(apps.value);
  const words = [
    ...grantWords(role.value, granted),
    ...(expiresMs === null ? [] : ['--expires', expires.value.trim()]),
  ];
  return (
    <ActionDialog
      title="Create a token"
      verb="Create"
      action={model.createToken}
      input={{ name: name.value.trim(), role: role.value, apps: granted, expiresMs }}
      command={commandLine(['slipway', 'token', 'create', '--name', name.value.trim() || 'NAME', ...words])}
      disabled={name.value.trim() === '' || isWrong}
      onClose={onClose}
    >
      <Field
        label="Name"
        placeholder="ci"
        required
        autofocus
        autocomplete="off"
        spellcheck={false}
        value={name.value}
        onText={(text) => {
          name.value = text;
        }}
      />
      <GrantFields role={role} apps={apps} />
      <Field
        label="Expires after"
        value={expires.value}
        autocomplete="off"
        aria-invalid={isWrong}
        help={
          isWrong ? <span class="tone-bad">As 12h or 90d.</span> : 'As 12h or 90d; never where it is empty.'
        }
        onText={(text) => {
          expires.value = text;
        }}
      />
    </ActionDialog>
  );
}
