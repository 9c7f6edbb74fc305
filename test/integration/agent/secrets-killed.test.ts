import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import { Workshop } from '../../support/workshop.ts';

const PROGRAM = path.join(import.meta.dirname, '../../fixtures/programs/agent-killed-at.ts');

test('killed before a value is recorded or after, all have the one that is, with the store gone', async () => {
  const directory = temporaryFolder();
  const file = path.join(directory, 'password');
  const put = (value: string) => fs.writeFileSync(file, value, { mode: 0o600 });
  put('value-0');
  const made = await Workshop.make({
    replicas: 2,
    app: { env: { PASSWORD: { secret: 'password' } } },
    host: { secrets: { type: 'file', directory } },
  });
  made.publish('1.0.0');
  await made.start();
  await made.untilDeployed('1.0.0');

  let inForce = 'value-0';
  for (const [index, { entry, moment, recorded }] of [
    { entry: 'secrets of the configuration', moment: 'before', recorded: false },
    { entry: 'secrets of the configuration', moment: 'after', recorded: true },
  ].entries()) {
    await made.kill();
    const value = `value-${index + 1}`;
    put(value);
    const killed = spawn(process.execPath, [PROGRAM, made.configFile, `${file}.entries`, entry, moment], {
      stdio: 'ignore',
    });
    const [, signal] = await once(killed, 'exit');
    expect(signal, `killed ${moment} ${entry}`).toBe('SIGKILL');
    fs.rmSync(file);
    if (recorded) inForce = value;
    await made.start();
    const passwords = async () =>
      await Promise.all(
        [1, 2].map(async (i) => ((await made.ask(i, '/env')) as unknown as { PASSWORD: string }).PASSWORD),
      );
    await waitFor(
      `both to have ${inForce} after a kill ${moment} ${entry}`,
      async () => (await passwords()).every((password) => password === inForce),
      SELDOM,
    );
    await made.untilState('running');
  }
});
