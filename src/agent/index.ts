import manifest from '../../package.json' with { type: 'json' };
import { Agent } from './agent.ts';

export { Agent, type AgentOptions } from './agent.ts';

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
  const how = await Promise.race([agent.askedToEnd.then(() => 'end' as const), signalled]);
  if (options.stopApps || how === 'end') await agent.end();
  else await agent.leave();
}
