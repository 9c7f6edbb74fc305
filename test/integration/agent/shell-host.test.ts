import { expect, test } from 'vitest';
import { openPipes } from '../../../src/agent/terminal/pipes.ts';
import { ShellHost } from '../../../src/agent/terminal/shell-host.ts';
import { HANG_UP } from '../../../src/app/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a program that cannot be started on pipes ends its shell with status 127', async () => {
  const folder = temporaryFolder();
  const launch = { argv: ['/nonexistent/program'], cwd: folder, env: {}, account: null };
  const pipes = await openPipes({ apart: true });
  const host = new ShellHost(
    { type: 'start', launch, stop: HANG_UP, group: null, size: null, afterPrompt: false, kept: false },
    pipes,
  );
  for (const output of [pipes.output, pipes.errors]) output?.resume();
  expect(await host.ended).toEqual({ status: 127, signal: null });
});
