import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

/** A deployment in the midst of its pre-command, which prints a line and waits until `go` is called. */
async function begun(): Promise<{ workshop: Workshop; go: () => void; runs: () => string }> {
  const workshop = await Workshop.make({ replicas: 1 });
  const [go, runs] = ['go', 'runs'].map((name) => path.join(workshop.folder, name)) as [string, string];
  workshop.publish(
    '1.0.0',
    {},
    {
      pre_commands: [
        `sh -c "echo once >> '${runs}'; echo first; until [ -e '${go}' ]; do sleep 0.05; done; echo second"`,
      ],
    },
  );
  await workshop.start();
  await waitFor('what it prints to be shown while it runs', async () => {
    const step = await preCommand(workshop);
    return step?.state === 'running' && step.output.includes('first');
  });
  return { workshop, go: () => fs.writeFileSync(go, ''), runs: () => fs.readFileSync(runs, 'utf8') };
}

async function preCommand(workshop: Workshop) {
  return (await workshop.lastDeployment())?.steps.find(({ name }) => name.startsWith('pre-command'));
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'a pre-command outlives an agent ended by %s, is run once, and its output is told whole',
  async (signal) => {
    const { workshop, go, runs } = await begun();
    const agent = workshop.agent as NonNullable<typeof workshop.agent>;
    const exited = once(agent, 'exit');
    agent.kill(signal);
    await exited;
    await workshop.start();
    go();
    await workshop.untilDeployed('1.0.0');
    expect(runs()).toBe('once\n');
    expect((await preCommand(workshop))?.output).toEqual([
      '... found again: it was begun before the agent ended',
      'first',
      'second',
    ]);
    // Nothing of it is kept on the disk.
    await waitFor(
      'its files to be gone',
      () => fs.readdirSync(path.join(workshop.data, 'output')).length === 0,
    );
    expect(fs.readdirSync(path.join(workshop.data, 'run')).filter((name) => name.includes('pre-'))).toEqual(
      [],
    );
  },
);

test('a cancelled deployment ends its pre-command and what that started', async () => {
  const { workshop } = await begun();
  const deployment = await workshop.lastDeployment();
  await (await workshop.client()).cancel({ id: deployment?.id ?? 0 });
  await workshop.untilDeployed('1.0.0', 'cancelled');
  expect(workshop.processes()).toEqual([]);
});
