import manifest from '../package.json' with { type: 'json' };
import { runCli } from './cli/index.ts';

const status = await runCli({
  argv: process.argv.slice(2),
  env: process.env,
  version: manifest.version,
  async runAgent(options) {
    const agent = await import('./agent/index.ts');
    await agent.runAgent(options);
  },
});
process.exit(status);
