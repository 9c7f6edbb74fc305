import { API_PREFIX, routes } from './routes.ts';

/** Fills the variables of the path; the rest is the query of a GET, else the body. */
export function encodeCall(
  operation: keyof typeof routes,
  input: Record<string, unknown>,
): { method: string; path: string; body: string | null } {
  const route = routes[operation];
  const rest = new Map(Object.entries(input).filter(([, value]) => value !== undefined));
  const path = route.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = encodeURIComponent(String(rest.get(name)));
    rest.delete(name);
    return value;
  });
  const query = new URLSearchParams();
  if (route.method === 'GET') for (const [name, value] of rest) query.set(name, String(value));
  return {
    method: route.method,
    path: `${API_PREFIX}${path}${query.size > 0 ? `?${query.toString()}` : ''}`,
    body: route.method === 'GET' || rest.size === 0 ? null : JSON.stringify(Object.fromEntries(rest)),
  };
}
