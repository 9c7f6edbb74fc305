import { describe, expect, it } from 'vitest';
import { atom, type Connection, equals, type Term, tuple } from '../../../src/otp/index.ts';
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

/** Calls an Erlang fun, given as its source, by rpc. */
async function call(source: string, args: Term[] = [], options: { timeoutMs?: number } = {}): Promise<Term> {
  const fun = await funOf(source);
  return connection.rpc('erlang', 'apply', [fun, args], options);
}

async function funOf(source: string): Promise<Term> {
  await node.evaluate(`persistent_term:put(${key}, ${source})`);
  return connection.rpc('persistent_term', 'get', [atom(key)]);
}
const key = 'rpc_fun';

describe('a call by rpc', () => {
  it('gives what the function returns', async () => {
    expect(await connection.rpc('erlang', 'node', [])).toBe(atom(node.name));
    expect(await connection.rpc('lists', 'reverse', [[atom('a'), tuple(1, 2)]])).toEqual([
      tuple(1, 2),
      atom('a'),
    ]);
  });

  it('gives what the function throws, which rpc does not tell apart', async () => {
    expect(await call('fun() -> throw(thrown) end')).toBe(atom('thrown'));
  });

  it('fails with the error, its reason and its stack', async () => {
    const failed = connection.rpc('erlang', 'atom_to_list', [1]);
    await expect(failed).rejects.toMatchObject({ code: 'otp_call', kind: 'error', cause: atom('badarg') });
    await expect(failed).rejects.toThrow(`erlang:atom_to_list/1 failed on ${node.name} (error): badarg`);
    const { stackTrace } = await failed.catch((error) => error);
    expect(stackTrace[0].elements.slice(0, 3)).toEqual([atom('erlang'), atom('atom_to_list'), [1]]);
  });

  it('fails with the reason of an exit', async () => {
    const reason = tuple(atom('shutdown'), 7);
    await expect(call('fun() -> exit({shutdown, 7}) end')).rejects.toMatchObject({
      kind: 'exit',
      cause: reason,
    });
    await expect(call('fun() -> exit(normal) end')).rejects.toMatchObject({ kind: 'exit' });
  });

  it('fails where its process is killed', async () => {
    await expect(call('fun() -> exit(self(), kill) end')).rejects.toMatchObject({ cause: atom('killed') });
  });

  it('fails where there is no such module or function, and says so', async () => {
    for (const [module, fn] of [
      ['nothing', 'at_all'],
      ['lists', 'nothing'],
    ] as const) {
      const failed = connection.rpc(module, fn, [1]);
      await expect(failed).rejects.toMatchObject({ code: 'otp_call', kind: 'undef', cause: atom('undef') });
      await expect(failed).rejects.toThrow(`${node.name} has no function ${module}:${fn}/1`);
    }
  });

  it('fails with an error, not undef, where a function that it calls is not there', async () => {
    await expect(call('fun() -> nothing:at_all() end')).rejects.toMatchObject({
      kind: 'error',
      cause: atom('undef'),
    });
  });

  it('may return the word badrpc with what rpc never says', async () => {
    expect(await call('fun() -> {badrpc, a, b} end')).toEqual(tuple(atom('badrpc'), atom('a'), atom('b')));
  });

  it('rejects arguments that are no terms, and goes on', async () => {
    await expect(connection.rpc('lists', 'reverse', [1.5])).rejects.toMatchObject({ code: 'term_malformed' });
    expect(await connection.rpc('erlang', 'node', [])).toBe(atom(node.name));
  });
});

describe('a call that takes too long', () => {
  const WAITS = 'fun() -> register(late, self()), receive {go, Answer} -> Answer end end';

  it('fails at its time-out, and its late answer is ignored', async () => {
    const fun = await funOf(WAITS);
    const failed = connection.rpc('erlang', 'apply', [fun, []], { timeoutMs: 20 });
    await expect(failed).rejects.toMatchObject({ code: 'otp_timeout' });
    await expect(failed).rejects.toThrow(/erlang:apply\/2 did not return within 20 ms/);
    await waitFor('the call to have begun', () => node.evaluate('true = is_pid(whereis(late))'));
    const answered =
      "M = monitor(process, late), late ! {go, late_answer}, receive {'DOWN', M, _, _, R} -> R end";
    expect(await node.evaluate(answered)).toBe('normal');
    // Answers come in order: the late one is here before these.
    expect(await connection.rpc('erlang', 'abs', [-1])).toBe(1);
    expect(await connection.rpc('erlang', 'abs', [-2])).toBe(2);
  });

  it('is no longer waited for when the signal says so', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const failed = connection.rpc('timer', 'sleep', [atom('infinity')], { signal: controller.signal });
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
    const options = { signal: controller.signal };
    await expect(connection.rpc('erlang', 'node', [], options)).rejects.toBe(reason);
  });
});

describe('1,000 calls at once', () => {
  it('each get their own answer, in whatever order those come', async () => {
    // The first one answers when all the others have.
    const fun = await funOf(
      'fun(0) -> register(first, self()), receive go -> {0, 0} end; (I) -> timer:sleep(I rem 7), {I, I * I} end',
    );
    const order: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const answer = await connection.rpc('erlang', 'apply', [fun, [i]]);
        order.push(i);
        if (order.length === 999) await waitFor('the first call to go on', () => node.evaluate('first ! go'));
        return answer;
      }),
    );
    answers.forEach((answer, i) => expect(equals(answer, tuple(i, i * i)), `call ${i}`).toBe(true));
    expect(order.at(-1)).toBe(0);
  });
});
