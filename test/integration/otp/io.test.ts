import { describe, expect, it } from 'vitest';
import { atom, type Connection, type Term, tuple } from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { connectTo } from '../../support/erlang-connection.ts';
import { type ErlangNode, startErlangNode } from '../../support/erlang-node.ts';
import { waitFor } from '../../support/wait-for.ts';

let node: ErlangNode;
let connection: Connection;

setUpAll(async (cleanUp) => {
  node = await startErlangNode({ cleanUp });
  connection = await connectTo(node, {}, cleanUp);
});

describe.each(['rpc', 'erpc'] as const)('by %s, a function', (way) => {
  /** Calls an Erlang fun, given as its source, and collects what it writes. */
  async function call(source: string): Promise<{ value: Term; output: string }> {
    await node.evaluate(`persistent_term:put(${way}_io, ${source})`);
    const fun = await connection.erpc('persistent_term', 'get', [atom(`${way}_io`)]);
    let output = '';
    const onOutput = (text: string) => {
      output += text;
    };
    const value = await connection[way]('erlang', 'apply', [fun, []], { onOutput });
    return { value, output };
  }

  it('that writes does not hang, and its output goes where the output of the VM goes', async () => {
    const text = `written-${way}-${Math.random()}`;
    expect(await connection[way]('io', 'format', [[...Buffer.from('~ts~n')], [atom(text)]])).toBe(atom('ok'));
    await waitFor('the output of the VM', () => node.output().includes(text));
  });

  it('that writes has its output collected, before it returns', async () => {
    const source = `fun() -> io:format("~p ~ts~n", [{a, 1.0}, <<"größe→"/utf8>>]), io:put_chars("Über"), io:nl(), done end`;
    expect(await call(source)).toEqual({ value: atom('done'), output: '{a,1.0} größe→\nÜber\n' });
    // The node writes its answer behind all that it wrote before.
    await node.evaluate('ok');
    expect(node.output()).not.toContain('größe');
  });

  it('that writes much, in many processes, loses nothing', async () => {
    const { output } = await call(`fun() ->
      Me = self(),
      [spawn(fun() -> [io:format("~p-~p~n", [P, I]) || I <- lists:seq(1, 50)], Me ! done end) || P <- lists:seq(1, 20)],
      [receive done -> ok end || _ <- lists:seq(1, 20)], ok end`);
    const lines = output.trimEnd().split('\n');
    expect(lines.length).toBe(1000);
    for (let process = 1; process <= 20; process++)
      expect(lines.filter((line) => line.startsWith(`${process}-`))).toEqual(
        Array.from({ length: 50 }, (_, i) => `${process}-${i + 1}`),
      );
  });

  it('that reads finds the end of the input', async () => {
    const { value } = await call('fun() -> {io:get_line("? "), io:read("? "), io:get_chars("? ", 3)} end');
    expect(value).toEqual(tuple(atom('eof'), atom('eof'), atom('eof')));
  });

  it('that asks what its output can gets an answer', async () => {
    const { value } = await call(
      'fun() -> {proplists:get_value(encoding, io:getopts()), io:columns(), io:setopts([{echo, false}])} end',
    );
    const enotsup = tuple(atom('error'), atom('enotsup'));
    expect(value).toEqual(tuple(atom('unicode'), enotsup, enotsup));
  });

  it('that sends several requests in one, or one that nobody knows, gets an answer', async () => {
    const { value, output } = await call(`fun() ->
      Ask = fun(R) -> group_leader() ! {io_request, self(), tag, R}, receive {io_reply, tag, A} -> A end end,
      {Ask({requests, [{put_chars, unicode, "a"}, {put_chars, latin1, [252, <<252>>]}, {put_chars, "b"}]}),
       Ask({requests, [{put_chars, unicode, not_text}, {put_chars, unicode, "unwritten"}]}),
       Ask({put_chars, unicode, nothing, at_all, []}), Ask(what)} end`);
    const error = (why: string) => tuple(atom('error'), atom(why));
    expect(value).toEqual(tuple(atom('ok'), error('put_chars'), error('put_chars'), error('request')));
    expect(output).toBe('aüüb');
  });

  it('that leaves a process behind does not make it hang when it writes later', async () => {
    const name = `writes_later_${way}`;
    await call(
      `fun() -> spawn(fun() -> register(${name}, self()), receive go -> io:format("late") end end), ok end`,
    );
    await waitFor('the process', () => node.evaluate(`true = is_pid(whereis(${name}))`));
    const ended = `M = monitor(process, ${name}), ${name} ! go, receive {'DOWN', M, _, _, _} -> ended end`;
    expect(await node.evaluate(ended)).toBe('ended');
  });
});
