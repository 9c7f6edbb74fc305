import fs from 'node:fs';
import path from 'node:path';
import { compileProgram } from '../../test/support/programs.ts';
import { CACHE, ROOT, run } from '../commands.ts';
import type { Figure } from '../figures.ts';
import { pm2, startTiny, supervisord } from '../peers.ts';
import type { Case } from '../workshop.ts';

const COPIES = 3;
const COMPILED = path.join(ROOT, '.cache/compile');

export const start: Case = {
  title: 'A question on the command line',
  about:
    'What runs, asked of a supervisor of three instances: the processor time of the command alone, user and system. Cold: nothing ' +
    'is kept of what V8 has compiled. A bare Node runs an empty program.',
  async run({ folder, runs, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const options = (name: string) => ({ program, args: [path.join(folder, `${name}.ns`)], copies: COPIES });
    const slipway = await startTiny(folder, options('slipway'));
    cleanUp.defer(() => slipway.stop());
    for (const peer of [pm2, supervisord]) {
      const running = await peer.start(folder, options(peer.name));
      cleanUp.defer(() => running.stop());
    }
    const empty = path.join(folder, 'empty.js');
    fs.writeFileSync(empty, '');
    const status = [path.join(ROOT, 'bin/slipway'), 'status', '--json', '--socket', slipway.socket];
    const contenders = [
      { of: 'Slipway', command: status },
      { of: 'Slipway, cold', command: status, isCold: true },
      { of: 'PM2: jlist', command: [path.join(CACHE, 'node_modules/.bin/pm2'), 'jlist'] },
      {
        of: 'supervisorctl status',
        command: ['supervisorctl', '-c', path.join(folder, 'supervisord/conf'), 'status'],
      },
      { of: 'a bare Node', command: [process.execPath, empty] },
    ];
    const figures = contenders.map(({ of }): Figure => ({ work: 'status', of, unit: 'ms', values: [] }));
    const env: NodeJS.ProcessEnv = {
      ...process.env,
      PM2_HOME: path.join(folder, 'pm2'),
      PM2_DISABLE_VERSION_CHECK: 'true',
    };
    delete env.NODE_COMPILE_CACHE;
    for (let round = 1; round <= runs * 4; round++) {
      for (const [index, { command, isCold }] of contenders.entries()) {
        if (isCold) fs.rmSync(COMPILED, { recursive: true, force: true });
        figures[index]?.values.push(await processorMs(command, env));
      }
      say(`run ${round} of ${runs * 4}`);
    }
    return figures;
  },
};

/** User and system time of a command and its children, as bash counts them. */
async function processorMs(command: string[], env: NodeJS.ProcessEnv): Promise<number> {
  const timed = 'TIMEFORMAT=\'%3U %3S\'; time "$@" >/dev/null 2>&1';
  const seconds = await run('bash', ['-c', timed, 'bash', ...command], { env });
  const [user = Number.NaN, system = Number.NaN] = seconds.trim().split(' ').map(Number);
  return (user + system) * 1000;
}
