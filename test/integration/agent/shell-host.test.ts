import { expect, test } from 'vitest';
import { ShellHost } from '../../../src/agent/terminal/shell-host.ts';
import { temporaryFolder } from '../../support/temporary.ts';

test('a program that cannot be started on pipes ends its shell with status 127', async () => {
  const folder = temporaryFolder();
  const launch = { argv: ['/nonexistent/program'], cwd: folder, env: {}, account: null };
  const host = new ShellHost({
    ...{ type: 'start', launch, group: null, size: null, afterPrompt: false, kept: false },
  });
  expect(await host.ended).toEqual({ status: 127, signal: null });
});
