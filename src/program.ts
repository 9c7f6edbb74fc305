import manifest from '../package.json' with { type: 'json' };
import { runCli } from './cli/index.ts';

/** The command line and the agent. Resolves to the exit status. */
export async function runProgram(): Promise<number> {
  return await runCli({
    argv: process.argv.slice(2),
    env: process.env,
    version: manifest.version,
    async runAgent(options) {
      const agent = await import('./agent/index.ts');
      await agent.runAgent(options);
    },
  });
}
