import type { DeployexConfiguration } from './found.ts';

export const CONCERNS_ITSELF = 'concerns DeployEx itself';

export const SECRETS_ADAPTERS = ['aws', 'gcp', 'env'] as const;

export function secretsOf(
  adapter: (typeof SECRETS_ADAPTERS)[number] | null,
  path: string | null,
): DeployexConfiguration['secrets'] {
  return path === null || adapter === null || adapter === 'env' ? null : { adapter, path };
}
