import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { waitFor } from '../../support/wait-for.ts';

/** A real agent without apps. */
async function startAgent() {
  const data = temporaryFolder();
  const file = path.join(data, 'slipway.yaml');
  fs.writeFileSync(file, `data: ${data}\nlogs: ${data}/logs\nlisten: 127.0.0.1:0\napps: []\n`);
  const agent = startCli(['agent', '--config', file]);
  await waitFor('the agent', () => agent.seen.stderr.includes('is up'));
  // It answers only after it has begun to listen to signals.
  await slipway(['status', '--config', file]);
  return { file, agent };
}

test('a fresh agent says how to go on, and ends with 0 when it is told to', async () => {
  const { file, agent } = await startAgent();
  expect(await slipway(['status', '--config', file])).toMatchObject({
    status: 0,
    stdout: expect.stringContaining('slipway config apply'),
  });
  agent.child.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ status: 0 });
  expect(await slipway(['status', '--config', file])).toMatchObject({ status: 4 });
});

test('a second agent on the same folder is refused', async () => {
  const { file } = await startAgent();
  const second = await slipway(['agent', '--config', file]);
  expect(second).toMatchObject({ status: 1, stderr: expect.stringMatching(/another agent/) });
  expect(await slipway(['status', '--config', file])).toMatchObject({ status: 0 });
});

test('an agent goes on when nobody reads its output any more', async () => {
  const { file, agent } = await startAgent();
  const socketPath = path.join(path.dirname(file), 'slipway.sock');
  agent.child.stdout?.destroy();
  agent.child.stderr?.destroy();
  fs.writeFileSync(file, 'nonsense: true\n');
  for (const count of [1, 2, 3]) {
    agent.child.kill('SIGHUP');
    await waitFor('the refusal in the log', async () => {
      const { stdout } = await slipway(['logs', '--agent', '--grep', 'not applied'], { socketPath });
      return stdout.split('\n').length - 1 === count;
    });
  }
  expect(agent.child.exitCode).toBeNull();
  agent.child.kill('SIGTERM');
  expect(await agent.ended).toMatchObject({ status: 0 });
});
