import v8 from 'node:v8';
import vm from 'node:vm';
import manifest from '../../package.json' with { type: 'json' };
import { Agent } from './agent.ts';

export { Agent, type AgentOptions } from './agent.ts';

const COLLECTED_AFTER_MS = 3000;

/** Runs the agent in the foreground until SIGTERM or SIGINT. Apps go on, or with `stopApps` end with it. */
export async function runAgent(options: { configFile: string | null; stopApps: boolean }): Promise<void> {
  // Signals are listened to before anything else: one that comes while it starts must not end it half-way.
  let agent: Agent | null = null;
  process.on('SIGHUP', () => agent?.reload());
  const signalled = new Promise<'leave'>((resolve) => {
    process.once('SIGTERM', () => resolve('leave'));
    process.once('SIGINT', () => resolve('leave'));
  });
  agent = await Agent.start({ configFile: options.configFile, env: process.env, version: manifest.version });
  collectOnce();
  const how = await Promise.race([agent.askedToEnd.then(() => 'end' as const), signalled]);
  if (options.stopApps || how === 'end') await agent.end();
  else await agent.leave();
}

/**
 * A start leaves much behind, and an agent that has nothing to do allocates too little for V8 to look for it. The flag is set no sooner:
 * on the command line it makes Node compile anew what comes with it compiled, which is 3 MB more.
 */
function collectOnce(): void {
  const collect = () => {
    v8.setFlagsFromString('--expose-gc');
    const gc = vm.runInNewContext('gc') as () => void;
    v8.setFlagsFromString('--no-expose-gc');
    gc();
  };
  setTimeout(collect, COLLECTED_AFTER_MS).unref();
}
