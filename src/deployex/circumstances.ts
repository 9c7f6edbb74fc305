import fs from 'node:fs';
import path from 'node:path';
import { runTool } from '../kernel/index.ts';
import type { DeployexConfiguration } from './found.ts';
import type { Circumstances } from './to-slipway.ts';

/** The user that DeployEx's installer makes, whom the apps' own files belong to then; and the one that ours makes. */
const USERS = ['deployex', 'deployer'] as const;

/** What this host has of what DeployEx was told. `user`: whom a person names. */
export async function circumstancesOf(
  { tlsFolder }: DeployexConfiguration,
  user: string | null,
): Promise<Circumstances> {
  return { user: user ?? (await userOfApps()), certificates: certificatesIn(tlsFolder) };
}

async function userOfApps(): Promise<string> {
  const [former, ours] = USERS;
  const line = await runTool(['getent', 'passwd', '--', former]).catch(() => '');
  return line === '' ? ours : former;
}

function certificatesIn(folder: string | null): Circumstances['certificates'] {
  if (folder === null) return null;
  const [cert = '', key = '', ca = ''] = ['deployex.crt', 'deployex.key', 'ca.crt'].map((name) =>
    path.join(folder, name),
  );
  return [cert, key, ca].every((file) => fs.existsSync(file)) ? { cert, key, ca } : null;
}
