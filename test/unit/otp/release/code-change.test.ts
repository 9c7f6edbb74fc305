import { expect, test } from 'vitest';
import { describeCodeChange } from '../../../../src/otp/release/code-change.ts';
import { parseText, type Term } from '../../../../src/otp/term/index.ts';

const described = (text: string) => describeCodeChange(parseText(text)[0] as Term);

test('what an Elixir process raised in code_change is told in a sentence', () => {
  expect(
    described(
      `{code_change_failed, pid, 'Elixir.DemoApp.Counter', 42, {'EXIT', {
        #{'__exception__' => true, '__struct__' => 'Elixir.RuntimeError', message => <<"not today">>},
        [{'Elixir.DemoApp.Counter', code_change, 3, [{file, "lib/counter.ex"}, {line, 26}]}]}}}.`,
    ),
  ).toBe('code_change of DemoApp.Counter failed: RuntimeError: not today (lib/counter.ex:26)');
});

test('so is an error of Erlang, and a reason without a stack', () => {
  expect(
    described(
      `{code_change_failed, pid, counter, 1, {'EXIT', {{badmatch, 7}, [{counter, code_change, 3, [{file, "counter.erl"}, {line, 9}]}]}}}.`,
    ),
  ).toBe('code_change of counter failed: {badmatch,7} (counter.erl:9)');
  expect(described('{code_change_failed, pid, counter, 1, {error, not_now}}.')).toBe(
    'code_change of counter failed: {error,not_now}',
  );
});

test('one that took too long is told with the time that it had', () => {
  expect(
    described("{'EXIT', {timeout, {sys, change_code, [pid, 'Elixir.Shop.Cart', 42, [], 90000]}}}."),
  ).toBe('code_change of Shop.Cart was not done within 90 s (otp.upgrade_timeout)');
  expect(described("{'EXIT', {timeout, {sys, suspend, [pid, 5000]}}}.")).toBeNull();
});

test('any other reason is none of a code_change', () => {
  expect(described('{no_such_release, "0.1.2"}.')).toBeNull();
  expect(described('{code_change_failed}.')).toBeNull();
});
