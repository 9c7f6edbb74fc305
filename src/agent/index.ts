import manifest from '../../package.json' with { type: 'json' };
import { Agent } from './agent.ts';

export { Agent, type AgentOptions } from './agent.ts';

/** Runs the agent in the foreground until SIGTERM or SIGINT. Apps go on, or with `stopApps` end with it. */
export async function runAgent(options: { configFile: string | null; stopApps: boolean }): Promise<void> {
  const agent = await Agent.start({
    configFile: options.configFile,
    env: process.env,
    version: manifest.version,
  });
  process.on('SIGHUP', () => agent.reload());
  const asked = agent.askedToEnd.then(() => 'end');
  const signalled = new Promise<string>((resolve) => {
    process.once('SIGTERM', () => resolve('leave'));
    process.once('SIGINT', () => resolve('leave'));
  });
  const how = await Promise.race([asked, signalled]);
  if (options.stopApps || how === 'end') await agent.end();
  else await agent.leave();
}
