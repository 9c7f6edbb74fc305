import type { ComponentType } from 'preact';
import type { Role } from '../../api/pages/index.ts';
import { match, type Parameters } from '../router/index.ts';
import { Page as Overview } from '../views/overview/index.ts';

/** What a page is given: the variables of its path, and the query of the address. */
export interface PageProps {
  parameters: Parameters;
  query: URLSearchParams;
}

type LoadedPage = ComponentType<PageProps>;

export interface PageRoute {
  path: string;
  title: (parameters: Parameters) => string;
  /** Loaded when it is opened; the overview is what most come for, and is there at once. */
  load: () => Promise<{ Page: LoadedPage }>;
  /** Without navigation around it, and for who is not logged in. */
  open?: boolean;
  /** Of the whole host: for whom it is. */
  role?: Role;
  /** As wide as the window. */
  wide?: boolean;
}

export const pageRoutes: readonly PageRoute[] = [
  { path: '/', title: () => 'Overview', load: async () => ({ Page: Overview }) },
  { path: '/log-in', title: () => 'Log in', load: () => import('../views/log-in/index.ts'), open: true },
  {
    path: '/invitation',
    title: () => 'Invitation',
    load: () => import('../views/invitation/index.ts'),
    open: true,
  },
  {
    path: '/timeline',
    title: () => 'Timeline',
    load: () => import('../views/timeline/index.ts'),
    wide: true,
  },
  { path: '/logs', title: () => 'Logs', load: () => import('../views/logs/index.ts'), wide: true },
  {
    path: '/apps/{app}',
    title: ({ app }) => app ?? '',
    load: () => import('../views/app/index.ts'),
  },
  {
    path: '/apps/{app}/instances/{unit}',
    title: ({ app, unit }) => `${app}/${unit}`,
    load: () => import('../views/instance/index.ts'),
  },
  { path: '/host', role: 'viewer', title: () => 'Host', load: () => import('../views/host/index.ts') },
  {
    path: '/deployments/{id}',
    title: ({ id }) => `Deployment ${id ?? ''}`,
    load: () => import('../views/deployment/index.ts'),
  },
  { path: '/audit', role: 'admin', title: () => 'Audit', load: () => import('../views/audit/index.ts') },
  { path: '/users', role: 'admin', title: () => 'Users', load: () => import('../views/users/index.ts') },
  { path: '/account', title: () => 'Account', load: () => import('../views/account/index.ts') },
  { path: '/api', title: () => 'API', load: () => import('../views/api/index.ts') },
];

export function findPage(path: string): { route: PageRoute; parameters: Parameters } | null {
  for (const route of pageRoutes) {
    const parameters = match(route.path, path);
    if (parameters !== null) return { route, parameters };
  }
  return null;
}
