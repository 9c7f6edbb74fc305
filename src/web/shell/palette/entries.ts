import { stateWord } from '../../../wording/index.ts';
import type { Slipway } from '../../context/index.ts';
import type { PaletteEntry } from '../../models/index.ts';

/** Everything that one can go to, and what the present page can do. */
export function entriesOf({ status, session, router, keys, preferences }: Slipway): PaletteEntry[] {
  const to = (href: string) => () => router.go(href);
  const apps = status.status.value?.apps ?? [];
  const pages: [string, string, boolean][] = [
    ['Overview', '/', true],
    ['Timeline', '/timeline', true],
    ['Logs', '/logs', true],
    ['Host', '/host', session.may('viewer')],
    ['Audit', '/audit', session.may('admin')],
    ['Users and tokens', '/users', session.may('admin')],
    ['Account', '/account', true],
    ['API', '/api', true],
  ];
  return [
    // What leads to a page is among the pages already.
    ...keys.shortcuts.value
      .filter(({ keys: key }) => !/^(g .|[?/x])$/.test(key))
      .map(({ keys: key, text, run }) => ({ id: `do ${text}`, kind: 'Action', text, keys: key, run })),
    ...apps.map(({ app, state }) => ({
      id: `app ${app}`,
      kind: `App, ${stateWord(state)}`,
      text: app,
      run: to(`/apps/${encodeURIComponent(app)}`),
    })),
    ...apps.flatMap(({ app, deployment }) =>
      deployment === null
        ? []
        : [
            {
              id: `deployment ${deployment}`,
              kind: `Deployment of ${app}, runs`,
              text: `Deployment ${deployment}`,
              run: to(`/deployments/${deployment}`),
            },
          ],
    ),
    ...apps.flatMap(({ app, instances }) =>
      instances.map(({ instance, state }) => ({
        id: `instance ${instance}`,
        kind: `Instance, ${stateWord(state)}`,
        text: instance,
        run: to(
          `/apps/${encodeURIComponent(app)}/instances/${encodeURIComponent(instance.slice(instance.indexOf('/') + 1))}`,
        ),
      })),
    ),
    ...pages
      .filter(([, , may]) => may)
      .map(([text, href]) => ({ id: `page ${href}`, kind: 'Page', text, run: to(href) })),
    ...(['light', 'dark', 'system'] as const).map((theme) => ({
      id: `theme ${theme}`,
      kind: 'Colours',
      text: theme === 'system' ? 'Colours as the system' : `Colours: ${theme}`,
      run: () => {
        preferences.theme.value = theme;
      },
    })),
    {
      id: 'times',
      kind: 'Times',
      text: preferences.times.value === 'exact' ? 'Times as how long ago' : 'Times exactly',
      keys: 'x',
      run: () => {
        preferences.times.value = preferences.times.value === 'exact' ? 'relative' : 'exact';
      },
    },
    {
      id: 'zone',
      kind: 'Times',
      text: preferences.zone.value === 'utc' ? 'Times in my zone' : 'Times in UTC',
      run: () => {
        preferences.zone.value = preferences.zone.value === 'utc' ? 'local' : 'utc';
      },
    },
  ];
}
