import fs from 'node:fs';
import path from 'node:path';
import type { DeploymentWithSteps } from '../src/api/index.ts';
import { ROOT, run } from './commands.ts';
import { startSlipway } from './slipway.ts';

/** How long a deployment took: to the end of its command, and to the switch of `current`. */
export interface Timed {
  endMs: number;
  switchMs: number;
}

/** Something that deploys what `main` of a repository is. */
export interface Deployer {
  deploy(): Promise<Timed>;
}

/** An agent with one site, asked by the command line. */
export interface SiteAgent extends Deployer {
  deploy(): Promise<Timed & { deployment: DeploymentWithSteps }>;
  rollback(to: number): Promise<Timed & { deployment: DeploymentWithSteps }>;
  stop(): Promise<void>;
}

const APP = 'shop';

/** `settings` are merged over the site's configuration. */
export async function startSite(
  folder: string,
  { url, settings }: { url: string; settings: Record<string, unknown> },
): Promise<SiteAgent> {
  const root = path.join(folder, 'webroot');
  fs.mkdirSync(folder, { recursive: true });
  const agent = await startSlipway(folder, {
    name: APP,
    kind: 'site',
    root,
    source: { type: 'git', url, branch: 'main' },
    ...settings,
  });
  const ask = async (verb: string, ...args: string[]) => {
    const command = [verb, APP, ...args, '--json', '--socket', agent.socket];
    let output = '';
    const timed = await timeSwitch(path.join(root, 'current'), async () => {
      output = await run(path.join(ROOT, 'bin/slipway'), command);
    });
    await agent.idle();
    const deployment = JSON.parse(output.slice(output.indexOf('{'))) as DeploymentWithSteps;
    return { ...timed, deployment };
  };
  return {
    deploy: () => ask('deploy'),
    rollback: (to) => ask('rollback', '--to', String(to)),
    stop: () => agent.stop(),
  };
}

/** Times work that puts another link in the place of `link`: rename(2) leaves its time in the link. */
export async function timeSwitch(link: string, work: () => Promise<unknown>): Promise<Timed> {
  const before = fs.lstatSync(link, { throwIfNoEntry: false });
  const at = Date.now();
  const startedMs = performance.now();
  await work();
  const endMs = performance.now() - startedMs;
  const after = fs.lstatSync(link);
  if (before?.ino === after.ino && before.ctimeMs === after.ctimeMs)
    throw new Error(`${link} points where it did`);
  return { endMs, switchMs: after.ctimeMs - at };
}
