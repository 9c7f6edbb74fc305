import { expect, test } from 'vitest';
import { serviceLayout } from '../../../src/release/index.ts';
import type { ServiceContext } from '../../../src/service/context.ts';
import { preCommandArgv } from '../../../src/service/pre-command.ts';

function argvOf(command: string, runtime: 'command' | 'elixir'): string[] {
  const configuration = { runtime, name: 'shop' } as ServiceContext['configuration'];
  const context = { configuration, layout: serviceLayout('/srv', 'shop') };
  return preCommandArgv(context, { release: { number: 1, version: '1.0.0' }, command });
}

const SCRIPT = '/srv/service/shop/release/deployment_1.1.0.0/bin/shop';

test.each([
  ['eval Shop.Release.migrate', ['eval', 'Shop.Release.migrate']],
  [`  eval  IO.puts("it's; here" <> "$x")  `, ['eval', `IO.puts("it's; here" <> "$x")`]],
  ['eval\nFoo.a()\nFoo.b()', ['eval', 'Foo.a()\nFoo.b()']],
  [`rpc 'Shop.warm(:all) |> IO.inspect()'`, ['rpc', 'Shop.warm(:all) |> IO.inspect()']],
  ['evaluate a\\ b', ['evaluate', 'a b']],
  ['eval', ['eval']],
])('of a release, %s', (command, args) => {
  expect(argvOf(command, 'elixir')).toEqual([SCRIPT, ...args]);
});

test('of a command runtime it is a whole command line', () => {
  expect(argvOf(`eval "my file" it\\'s`, 'command')).toEqual(['eval', 'my file', "it's"]);
});

test.each(['command', 'elixir'] as const)('of %s, what no shell would split is refused', (runtime) => {
  expect(() => argvOf("migrate it's here", runtime)).toThrow(
    expect.objectContaining({
      code: 'pre_command_failed',
      message: `pre-command "migrate it's here" has a ' without its end`,
      hint: 'put it into single quotes; no instance was touched',
    }),
  );
});
