import { type ReadonlySignal, signal } from '@preact/signals';

export interface Place {
  path: string;
  query: URLSearchParams;
}

/** Where the reader is. Every view is an address, and the way back is the browser's. */
export interface Router {
  place: ReadonlySignal<Place>;
  go(address: string, options?: { replace?: boolean }): void;
  /** Changes the query of the present address; null takes a parameter away. No step of the history, unless `push`. */
  setQuery(changes: Record<string, string | null>, options?: { push?: boolean }): void;
  /** Follows links and the browser's own buttons. */
  start(): () => void;
}

const CONSOLE = '/console';

export function createRouter(window: Window): Router {
  const { location, history, document } = window;
  const read = (): Place => ({ path: location.pathname, query: new URLSearchParams(location.search) });
  const place = signal(read());

  const go: Router['go'] = (address, { replace = false } = {}) => {
    const target = URL.parse(address, location.href);
    // An address that came from elsewhere (`?next=`) leads nowhere but within these pages.
    if (target === null || target.origin !== location.origin) return;
    // A document of its own, with a policy of its own.
    if (target.pathname === CONSOLE) return location.assign(target);
    const before = location.pathname;
    history[replace ? 'replaceState' : 'pushState'](null, '', target);
    place.value = read();
    if (location.pathname === before) return;
    window.scrollTo(0, 0);
    document.getElementById('main')?.focus({ preventScroll: true });
  };

  const follow = (event: MouseEvent) => {
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link === null || event.defaultPrevented || event.button !== 0) return;
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    if (link.target !== '' || link.hasAttribute('download') || link.origin !== location.origin) return;
    if (link.pathname.startsWith('/api/v1') || link.pathname === CONSOLE) return;
    if (link.hash !== '' && link.pathname === location.pathname && link.search === location.search) return;
    event.preventDefault();
    go(link.href);
  };

  return {
    place,
    go,
    setQuery(changes, { push = false } = {}) {
      const query = new URLSearchParams(location.search);
      for (const [name, value] of Object.entries(changes))
        if (value === null || value === '') query.delete(name);
        else query.set(name, value);
      const text = query.toString();
      go(`${location.pathname}${text === '' ? '' : `?${text}`}`, { replace: !push });
    },
    start() {
      const back = () => {
        place.value = read();
      };
      document.addEventListener('click', follow);
      window.addEventListener('popstate', back);
      return () => {
        document.removeEventListener('click', follow);
        window.removeEventListener('popstate', back);
      };
    },
  };
}
