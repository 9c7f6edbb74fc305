import path from 'node:path';
import { compileProgram } from '../../test/support/programs.ts';
import type { Figure } from '../figures.ts';
import { startTiny } from '../peers.ts';
import { pidsOf } from '../proc.ts';
import type { Case } from '../workshop.ts';

const COPIES = 50;

export const adoption: Case = {
  title: 'Agent killed with -9 and started again, until it has adopted 50 instances',
  about:
    'From the start of the launcher to the first status in which all 50 are ready. No instance may have been started ' +
    'again: their pids are compared. (PM2 and supervisord do not adopt: they start second copies.)',
  async run({ folder, runs, cleanUp, say }) {
    const program = compileProgram('clock', folder);
    const file = path.join(folder, 'starts.ns');
    const agent = await startTiny(folder, { program, args: [file], copies: COPIES });
    cleanUp.defer(() => agent.stop());
    await agent.idle();
    const before = pidsOf(program, file).toString();
    const values: number[] = [];
    for (let round = 1; round <= runs; round++) {
      await agent.crash();
      const startedMs = performance.now();
      await agent.restart();
      await agent.allReady(COPIES);
      values.push(performance.now() - startedMs);
      if (pidsOf(program, file).toString() !== before) throw new Error('instances were started again');
      say(`run ${round} of ${runs}`);
    }
    return [{ work: 'start to adopted', of: 'Slipway', unit: 'ms', values, limit: 1000 }] satisfies Figure[];
  },
};
