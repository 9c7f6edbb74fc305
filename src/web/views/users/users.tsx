import { useSignal } from '@preact/signals';
import type { Role, User } from '../../../api/pages/index.ts';
import { commandLine } from '../../../wording/index.ts';
import { ActionDialog, Ago, Field, Loading, Menu, ProblemBox, Section } from '../../components/index.ts';
import type { UsersModel } from '../../models/index.ts';
import { appsOf, appsText, GrantFields, grantWords } from './grant.tsx';
import { Once } from './once.tsx';

type Open = { is: 'invite' } | { is: 'set' | 'remove' | 'end' | 'link'; user: User };

export function UsersSection({ model }: { model: UsersModel }) {
  const open = useSignal<Open | null>(null);
  const { value, problem, refresh } = model.users;
  const close = () => {
    open.value = null;
  };
  return (
    <Section
      title="People"
      aside={
        <button
          type="button"
          class="button small"
          onClick={() => {
            open.value = { is: 'invite' };
          }}
        >
          Invite
        </button>
      }
    >
      <ProblemBox problem={problem.value} retry={() => void refresh()} />
      {value.value === null ? (
        problem.value === null && <Loading />
      ) : (
        <div class="panel scroll">
          <table class="table stacks">
            <thead>
              <tr>
                <th>User</th>
                <th>Role</th>
                <th>Apps</th>
                <th>Last log-in</th>
                <th>Second factor</th>
                <th class="right">Sessions</th>
                <th>
                  <span class="off-screen">Actions</span>
                </th>
              </tr>
            </thead>
            <tbody>
              {value.value.map((user) => (
                <Row
                  key={user.user}
                  user={user}
                  onOpen={(is) => {
                    open.value = { is, user };
                  }}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {open.value !== null && <Opened model={model} open={open.value} onClose={close} />}
      {model.invited.value !== null && (
        <Once
          title="Invitation"
          text={model.invited.value.url}
          about="Send this link to who is to come in. It lets one in, once, within an hour."
          what="the link"
          onClose={model.forget}
        />
      )}
    </Section>
  );
}

function Row({
  user: each,
  onOpen,
}: {
  user: User;
  onOpen: (is: 'set' | 'remove' | 'end' | 'link') => void;
}) {
  const factors = [
    each.totp ? 'codes' : '',
    each.passkeys > 0 ? `${each.passkeys} ${each.passkeys === 1 ? 'passkey' : 'passkeys'}` : '',
  ];
  return (
    <tr>
      <td>{each.user}</td>
      <td data-name="Role">{each.role}</td>
      <td data-name="Apps">{appsText(each.apps)}</td>
      <td data-name="Last log-in">
        {each.last_log_in_at === null ? <span class="muted">never</span> : <Ago at={each.last_log_in_at} />}
      </td>
      <td data-name="Second factor">
        {factors.filter((text) => text !== '').join(', ') || <span class="muted">none</span>}
      </td>
      <td class="right number" data-name="Sessions">
        {each.sessions}
      </td>
      <td class="actions">
        <Menu
          label={`Actions of ${each.user}`}
          items={[
            { text: 'Change role…', run: () => onOpen('set') },
            { text: 'New password…', run: () => onOpen('link') },
            { text: 'End sessions…', run: () => onOpen('end') },
            { text: 'Remove…', run: () => onOpen('remove'), danger: true },
          ]}
        />
      </td>
    </tr>
  );
}

function Opened({ model, open, onClose }: { model: UsersModel; open: Open; onClose: () => void }) {
  const given = open.is === 'invite' ? null : open.user;
  const role = useSignal<Role>(given?.role ?? 'viewer');
  const apps = useSignal(given?.apps?.join(', ') ?? '');
  const name = useSignal('');
  const grant = { role: role.value, apps: appsOf(apps.value) };
  const words = grantWords(grant.role, grant.apps);
  const user = given?.user ?? '';
  switch (open.is) {
    case 'invite': {
      const named = name.value.trim();
      return (
        <ActionDialog
          title="Invite somebody"
          verb="Invite"
          action={model.invite}
          input={{ ...grant, user: named === '' ? null : named }}
          command={commandLine([
            'slipway',
            'user',
            'invite',
            ...words,
            ...(named === '' ? [] : ['--user', named]),
          ])}
          onClose={onClose}
        >
          <GrantFields role={role} apps={apps} />
          <Field
            label="User"
            placeholder="whoever accepts chooses a name"
            autocomplete="off"
            spellcheck={false}
            value={name.value}
            onText={(text) => {
              name.value = text;
            }}
          />
        </ActionDialog>
      );
    }
    case 'set':
      return (
        <ActionDialog
          title={`Change ${user}`}
          verb="Change"
          action={model.setUser}
          input={{ user, ...grant }}
          command={commandLine(['slipway', 'user', 'set', user, ...words])}
          onClose={onClose}
        >
          <GrantFields role={role} apps={apps} />
        </ActionDialog>
      );
    case 'link':
      return (
        <ActionDialog
          title={`A new password for ${user}`}
          verb="Make a link"
          action={model.invite}
          input={{ ...grant, user }}
          onClose={onClose}
        >
          <p>
            You get a link by which {user} sets a new password. All sessions of {user} end.
          </p>
        </ActionDialog>
      );
    case 'end':
      return (
        <ActionDialog
          title={`End the sessions of ${user}`}
          verb="End sessions"
          danger
          action={model.endSessionsOf}
          input={{ user }}
          onClose={onClose}
        >
          <p>{user} is logged out everywhere, and can log in again. Open consoles end.</p>
        </ActionDialog>
      );
    case 'remove':
      return (
        <ActionDialog
          title={`Remove ${user}`}
          verb="Remove"
          danger
          action={model.removeUser}
          input={{ user }}
          command={commandLine(['slipway', 'user', 'remove', user])}
          onClose={onClose}
        >
          <p>
            {user} cannot log in any more, and all sessions end. What {user} did stays in the audit.
          </p>
        </ActionDialog>
      );
  }
}
