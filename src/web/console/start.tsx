import { effect } from '@preact/signals';
import { render } from 'preact';
import { browserClock } from '../browser/index.ts';
import { createClient } from '../client/index.ts';
import { type ConsoleTarget, createConsole } from '../models/console/index.ts';
import { createPreferences } from '../models/index.ts';
import { connect } from './connect.ts';
import { ConsolePage } from './page.tsx';
import { openScreen, type Screen } from './terminal.ts';

/** A page of its own: the terminal sets styles that the policy of the other pages forbids. */
export async function startConsole(window: Window & typeof globalThis): Promise<void> {
  const { document, location, localStorage, sessionStorage } = window;
  const query = new URLSearchParams(location.search);
  const target: ConsoleTarget = { app: query.get('app'), instance: query.get('instance') };
  const name = target.app === null ? 'host' : `${target.app}/${target.instance}`;
  document.title = `${name} · Console · ${location.hostname} · Slipway`;
  const client = createClient({
    fetch: window.fetch.bind(window),
    onUnauthorized: () =>
      location.assign(`/log-in?next=${encodeURIComponent(location.pathname + location.search)}`),
  });
  const theme = createPreferences(localStorage).theme.value;
  document.documentElement.dataset['theme'] = theme;
  const system = window.matchMedia('(prefers-color-scheme: dark)');
  const isDark = () => theme === 'dark' || (theme === 'system' && system.matches);

  let screen: Screen | null = null;
  const key = `slipway.console.${name}`;
  const asked = query.get('console');
  const model = createConsole({
    ...{ connect, clock: browserClock, target },
    viewer: crypto.randomUUID?.() ?? randomName(),
    remembered: asked ?? sessionStorage.getItem(key),
    remember(id) {
      if (id === null) sessionStorage.removeItem(key);
      else sessionStorage.setItem(key, id);
    },
    show: (output) => screen?.show(output),
  });
  const place = document.getElementById('console');
  if (place === null) return;
  render(
    <ConsolePage
      model={model}
      target={target}
      client={client}
      kind={await kindOf(client, target)}
      focus={() => screen?.focus()}
      onPlace={(at, leave) => {
        screen = openScreen({
          ...{ place: at, isDark: isDark(), onLeave: leave },
          onInput: (text) => model.type(text),
          onResize: (size) => model.resize(size),
        });
        model.start();
        screen.focus();
      }}
    />,
    place,
  );
  effect(() => {
    // A WebSocket does not tell why it was refused: where the session is over, any other answer does.
    if (model.state.value.is === 'lost') client.me().catch(() => undefined);
  });
  effect(() => {
    const readOnly = model.readOnly.value || model.state.value.is !== 'live';
    screen?.setReadOnly(readOnly);
  });
  system.addEventListener('change', () => screen?.setTheme(isDark()));
  window.addEventListener('online', () => model.retry());
  document.addEventListener(
    'visibilitychange',
    () => document.visibilityState === 'visible' && model.retry(),
  );
}

/** Elixir or Erlang, where the instance is a node; which of the two, nobody tells. */
async function kindOf(client: ReturnType<typeof createClient>, { app, instance }: ConsoleTarget) {
  if (app === null) return 'shell';
  const status = await client.status({ app }).catch(() => null);
  const found = status?.apps[0]?.instances.find((each) => each.instance === `${app}/${instance}`);
  return found?.otp ? 'iex' : 'shell';
}

/** `randomUUID` is there over HTTPS and on this machine alone. */
function randomName(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
