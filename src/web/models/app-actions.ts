import type { Client } from '../client/index.ts';
import type { Router } from '../router/index.ts';
import { type Action, createAction } from './action.ts';
import type { Toasts } from './toasts.ts';

export interface DeployChoice {
  version: string | null;
  ref: string | null;
  force: boolean;
  full: boolean;
}

/** What a person can have done to an app. What becomes a deployment leads to its page. */
export interface AppActions {
  deploy: Action<DeployChoice>;
  rollback: Action<{ to: number | null }>;
  restart: Action<{ instance: string | null }>;
  stop: Action<{ instance: string | null }>;
  start: Action<{ instance: string | null }>;
  pin: Action<{ version: string }>;
  unpin: Action<void>;
  ghost: Action<{ version: string }>;
  unghost: Action<{ version: string }>;
  setMaintenance: Action<{ on: boolean }>;
  runCron: Action<{ entry: string }>;
  changeEnv: Action<{ set: Record<string, string>; unset: string[] }>;
  changeSecrets: Action<{ set: Record<string, string>; unset: string[] }>;
}

export function createAppActions(
  { client, toasts, router }: { client: Client; toasts: Toasts; router: Pick<Router, 'go'> },
  app: string,
): AppActions {
  const done = (text: string) => toasts.say(text, { tone: 'good' });
  const begun = ({ deployment, notes }: { deployment: number | null; notes: string[] }) => {
    for (const note of notes) toasts.say(note);
    if (deployment !== null) router.go(`/deployments/${deployment}`);
  };
  return {
    deploy: createAction(async (choice) => begun(await client.deploy({ app, ...given(choice) }))),
    rollback: createAction(async ({ to }) => begun(await client.rollback({ app, ...given({ to }) }))),
    restart: createAction(async ({ instance }) =>
      done((await client.restart({ app, ...given({ instance }) })).message),
    ),
    stop: createAction(async ({ instance }) =>
      done((await client.stop({ app, ...given({ instance }) })).message),
    ),
    start: createAction(async ({ instance }) =>
      done((await client.start({ app, ...given({ instance }) })).message),
    ),
    pin: createAction(async ({ version }) => done((await client.pin({ app, version })).message)),
    unpin: createAction(async () => done((await client.unpin({ app })).message)),
    ghost: createAction(async ({ version }) => done((await client.ghost({ app, version })).message)),
    unghost: createAction(async ({ version }) => done((await client.unghost({ app, version })).message)),
    setMaintenance: createAction(async ({ on }) => done((await client.setMaintenance({ app, on })).message)),
    runCron: createAction(async ({ entry }) => done((await client.runCron({ app, entry })).message)),
    changeEnv: createAction(async (change) => begun(await client.changeEnv({ app, ...change }))),
    changeSecrets: createAction(async (change) =>
      done((await client.changeSecrets({ app, ...change })).message),
    ),
  };
}

/** Without what is null: the contract knows a thing that is left out. */
function given<T extends object>(input: T): { [Key in keyof T]?: NonNullable<T[Key]> } {
  return Object.fromEntries(Object.entries(input).filter(([, value]) => value !== null)) as never;
}
