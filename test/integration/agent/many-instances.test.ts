import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compileProgram } from '../../support/programs.ts';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/agent-counted.ts');

interface Counted {
  entry: string | null;
  statements: number;
  syncs: number;
  mostStarting: number;
}

/** An app of so many instances of a tiny program, under an agent that counts; the agent is not asked in between. */
async function ground(replicas: number) {
  const workshop = await Workshop.make({
    name: 'tiny',
    replicas,
    app: { start: './tiny-server', prove_after: '50ms' },
  });
  workshop.configure({ env: { TINY_LOG: path.join(workshop.folder, 'starts') } });
  const program = fs.readFileSync(compileProgram('tiny-server', workshop.folder));
  workshop.bucket.putFiles('1.0.0', { 'tiny-server': program, version: '1.0.0' });
  workshop.bucket.offer({ version: '1.0.0' });
  const log = fs.openSync(path.join(workshop.folder, 'agent.out'), 'a');
  const agent = spawn(process.execPath, [PROGRAM, workshop.configFile], {
    stdio: ['ignore', log, log, 'ipc'],
  });
  fs.closeSync(log);
  workshop.agent = agent;
  const told: Counted[] = [];
  agent.on('message', (message: Counted) => told.push(message));
  const entries = (pattern: RegExp) => told.filter(({ entry }) => entry !== null && pattern.test(entry));
  const untilTold = (pattern: RegExp, count: number) =>
    waitFor(`${count} times ${pattern}`, () => entries(pattern).length >= count, { intervalMs: 50 });
  return { workshop, entries, untilTold, counts: () => countsOf(agent) };
}

function countsOf(agent: ChildProcess): Promise<Counted> {
  return new Promise((resolve) => {
    const onMessage = (message: Counted) => {
      if (message.entry !== null) return;
      agent.off('message', onMessage);
      resolve(message);
    };
    agent.on('message', onMessage);
    agent.send('counts');
  });
}

test('sixty instances start a few at a time, and whoever asks meanwhile is answered', async () => {
  const { workshop, entries, untilTold, counts } = await ground(60);
  const client = await waitFor('the socket to be there', async () => {
    const found = await workshop.client();
    await found.status({});
    return found;
  });
  const seen: string[][] = [];
  let isStarted = false;
  const started = untilTold(/^tiny: deployment ends succeeded$/, 1).then(() => {
    isStarted = true;
  });
  while (!isStarted) {
    const { apps } = await client.status({});
    seen.push(apps[0]?.instances.map(({ state }) => state) ?? []);
  }
  await started;
  const ready = seen.map((states) => states.filter((state) => state === 'ready').length);
  // One that is deaf meanwhile answers before the first and after the last.
  const between = new Set(ready.filter((count) => count > 0 && count < 60));
  expect(between.size, `${ready}`).toBeGreaterThan(5);
  expect(entries(/run .* started$/)).toHaveLength(60);
  const { mostStarting } = await counts();
  expect(mostStarting).toBeGreaterThan(0);
  expect(mostStarting).toBeLessThanOrEqual(2 * os.availableParallelism());
});

test('what the agent asks of journal and disk grows no faster than the count of instances', async () => {
  const costs: { replicas: number; deployed: Counted; stopped: Counted; started: Counted }[] = [];
  for (const replicas of [10, 20, 40]) {
    const { workshop, entries, untilTold, counts } = await ground(replicas);
    await untilTold(/^tiny: deployment ends succeeded$/, 1);
    const deployed = await counts();
    // With nothing live they begin together: one entry, one sync of the disk.
    expect(entries(/roll-out 1, 2, .*begins$/)).toHaveLength(1);
    const client = await workshop.client();
    await client.stop({ app: 'tiny' });
    await untilTold(/run .* ended$/, replicas);
    const stopped = await counts();
    await client.start({ app: 'tiny' });
    await untilTold(/run .* started$/, 2 * replicas);
    costs.push({ replicas, deployed, stopped, started: await counts() });
    await workshop.end();
  }
  const [ten, twenty, forty] = costs;
  if (!ten || !twenty || !forty) throw new Error('three were counted');
  for (const count of ['statements', 'syncs'] as const) {
    const pieces = {
      deploy: (cost: typeof ten) => cost.deployed[count],
      stop: (cost: typeof ten) => cost.stopped[count] - cost.deployed[count],
      start: (cost: typeof ten) => cost.started[count] - cost.stopped[count],
    };
    for (const [order, of] of Object.entries(pieces)) {
      const first = (of(twenty) - of(ten)) / 10;
      const next = (of(forty) - of(twenty)) / 20;
      // The square of the count would make it twice as much.
      expect(next, `${count} of a ${order} for each further instance`).toBeLessThanOrEqual(
        1.5 * Math.max(1, first),
      );
    }
    expect(count === 'syncs' ? forty.started.syncs : 0, 'syncs by the main thread').toBeLessThan(10);
  }
});
