import type { Role } from '../../api/pages/index.ts';
import { toneOf } from '../../wording/index.ts';
import { Icon, type IconName } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';
import { Brand } from './brand.tsx';

interface Entry {
  href: string;
  text: string;
  icon: IconName;
  /** Of the whole host; null: everybody's. */
  role: Role | null;
}

const ENTRIES: readonly Entry[] = [
  { href: '/', text: 'Overview', icon: 'overview', role: null },
  { href: '/timeline', text: 'Timeline', icon: 'timeline', role: null },
  { href: '/logs', text: 'Logs', icon: 'logs', role: null },
  { href: '/host', text: 'Host', icon: 'host', role: 'viewer' },
  { href: '/audit', text: 'Audit', icon: 'audit', role: 'admin' },
  { href: '/users', text: 'Users', icon: 'users', role: 'admin' },
];

const APPS_SHOWN = 30;

/** Where one can go. `open`: on a narrow screen it is over the page. */
export function Navigation({ open, onFind }: { open: boolean; onFind: () => void }) {
  const { session, status, router } = useSlipway();
  const { path } = router.place.value;
  const me = session.me.value;
  const apps = status.status.value?.apps ?? [];
  const current = (href: string) => (path === href ? { 'aria-current': 'page' as const } : {});
  return (
    <nav id="navigation" class={open ? 'side open' : 'side'} aria-label="Pages">
      <Brand />
      <button type="button" class="side-link find" onClick={onFind}>
        <Icon name="search" />
        Go to
        <kbd>⌘K</kbd>
      </button>
      {ENTRIES.filter(({ role }) => role === null || session.may(role)).map(({ href, text, icon }) => (
        <a key={href} href={href} class="side-link" {...current(href)}>
          <Icon name={icon} />
          {text}
        </a>
      ))}
      {apps.length > 0 && (
        <div class="side-apps">
          <div class="side-title">Apps</div>
          {apps.slice(0, APPS_SHOWN).map(({ app, state }) => (
            <AppLink
              key={app}
              app={app}
              state={state}
              isCurrent={path === `/apps/${encodeURIComponent(app)}`}
            />
          ))}
        </div>
      )}
      <div class="side-end">
        <a href="/api" class="side-link" {...current('/api')}>
          <Icon name="api" />
          API
        </a>
        {me !== null && (
          <a href="/account" class="side-link" {...current('/account')}>
            <Icon name="account" />
            <span class="cut">{me.user}</span>
          </a>
        )}
      </div>
    </nav>
  );
}

function AppLink({ app, state, isCurrent }: { app: string; state: string; isCurrent: boolean }) {
  return (
    <a
      href={`/apps/${encodeURIComponent(app)}`}
      class="side-link"
      {...(isCurrent && { 'aria-current': 'page' as const })}
    >
      <span class={`dot tone-${toneOf(state)}`} title={state} />
      <span class="cut">{app}</span>
    </a>
  );
}
