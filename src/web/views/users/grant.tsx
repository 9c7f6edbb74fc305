import type { Signal } from '@preact/signals';
import type { Role } from '../../../api/pages/index.ts';
import { Field } from '../../components/index.ts';

export interface TypedGrant {
  role: Signal<Role>;
  /** Ids of apps with commas between them; empty: all. */
  apps: Signal<string>;
}

const ROLES: readonly [Role, string][] = [
  ['viewer', 'viewer: sees'],
  ['deployer', 'deployer: deploys, restarts, opens consoles'],
  ['admin', 'admin: rules users, tokens and configuration, too'],
];

/** What somebody may do, and with which apps. */
export function GrantFields({ role, apps }: TypedGrant) {
  return (
    <>
      <div class="field">
        <label for="grant-role">Role</label>
        <select
          id="grant-role"
          class="input"
          value={role.value}
          onChange={(event) => {
            role.value = event.currentTarget.value as Role;
          }}
        >
          {ROLES.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <Field
        label="Apps"
        placeholder="all"
        spellcheck={false}
        autocomplete="off"
        value={apps.value}
        help="Their ids, with commas between them; all where it is empty."
        onText={(text) => {
          apps.value = text;
        }}
      />
    </>
  );
}

export function appsOf(typed: string): string[] | null {
  const apps = typed
    .split(/[\s,]+/)
    .map((each) => each.trim())
    .filter((each) => each !== '');
  return apps.length === 0 ? null : apps;
}

export function appsText(apps: readonly string[] | null): string {
  return apps === null ? 'all apps' : apps.join(', ');
}

/** Options of the command line that say the same. */
export function grantWords(role: Role, apps: readonly string[] | null): string[] {
  return ['--role', role, ...(apps === null ? [] : ['--apps', apps.join(',')])];
}
