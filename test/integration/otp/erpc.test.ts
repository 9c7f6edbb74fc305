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

/** Calls an Erlang fun, given as its source, by erpc. */
async function call(source: string, args: Term[] = []): Promise<Term> {
  return connection.erpc('erlang', 'apply', [await funOf(source), args]);
}

async function funOf(source: string): Promise<Term> {
  await node.evaluate(`persistent_term:put(erpc_fun, ${source})`);
  return connection.erpc('persistent_term', 'get', [atom('erpc_fun')]);
}

describe('a call by erpc', () => {
  it('gives what the function returns', async () => {
    expect(await connection.erpc('erlang', 'node', [])).toBe(atom(node.name));
    expect(await connection.erpc('lists', 'reverse', [[atom('a'), tuple(1, 2)]])).toEqual([
      tuple(1, 2),
      atom('a'),
    ]);
  });

  it('gives what rpc would take for a failure', async () => {
    const badrpc = tuple(atom('badrpc'), atom('nodedown'));
    expect(await connection.erpc('erlang', 'hd', [[badrpc]])).toEqual(badrpc);
    const undef = tuple(atom('badrpc'), tuple(atom('EXIT'), atom('undef')));
    expect(await connection.erpc('erlang', 'hd', [[undef]])).toEqual(undef);
  });

  it('fails with what the function throws', async () => {
    const failed = call('fun() -> throw({thrown, 1}) end');
    await expect(failed).rejects.toMatchObject({
      code: 'otp_call',
      kind: 'throw',
      cause: tuple(atom('thrown'), 1),
      stackTrace: null,
    });
    await expect(failed).rejects.toThrow(`failed on ${node.name} (throw): {thrown,1}`);
  });

  it('fails with the error, its reason and its stack', async () => {
    const failed = connection.erpc('erlang', 'atom_to_list', [1]);
    await expect(failed).rejects.toMatchObject({ code: 'otp_call', kind: 'error', cause: atom('badarg') });
    const { stackTrace } = await failed.catch((error) => error);
    expect(stackTrace[0].elements.slice(0, 3)).toEqual([atom('erlang'), atom('atom_to_list'), [1]]);
  });

  it('fails with the reason of an exit, also of one that looks like an error', async () => {
    const reason = tuple(atom('badarg'), []);
    await expect(call('fun() -> exit({badarg, []}) end')).rejects.toMatchObject({
      kind: 'exit',
      cause: reason,
    });
    await expect(call('fun() -> exit(normal) end')).rejects.toMatchObject({ kind: 'exit' });
  });

  it('fails where its process is killed', async () => {
    const killed = call('fun() -> exit(self(), kill) end');
    await expect(killed).rejects.toMatchObject({ kind: 'signal', cause: atom('killed') });
  });

  it('fails where there is no such module or function, and says so', async () => {
    for (const [module, fn] of [
      ['nothing', 'at_all'],
      ['lists', 'nothing'],
    ] as const) {
      const failed = connection.erpc(module, fn, [1]);
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

  it('has the group leader of the VM, which outlives it', async () => {
    expect(await connection.erpc('erlang', 'group_leader', [])).toEqual(
      await connection.rpc('erlang', 'whereis', [atom('user')]),
    );
  });
});

describe('a call by erpc to a node without processes left', () => {
  it('is refused with the reason', async () => {
    const full = await startErlangNode({ epmd: node.epmd, flags: ['+P', '1024'] });
    const ours = await connectTo(full);
    const calls = Array.from({ length: 2000 }, () => ours.erpc('timer', 'sleep', [atom('infinity')]));
    await expect(Promise.race(calls)).rejects.toMatchObject({ kind: 'refused', cause: atom('system_limit') });
  });
});

describe('a call that takes too long', () => {
  it('fails at its time-out, and its late answer is ignored', async () => {
    const fun = await funOf('fun() -> register(late, self()), receive {go, Answer} -> Answer end end');
    const failed = connection.erpc('erlang', 'apply', [fun, []], { timeoutMs: 20 });
    await expect(failed).rejects.toMatchObject({ code: 'otp_timeout' });
    await waitFor('the call to have begun', () => node.evaluate('true = is_pid(whereis(late))'));
    await waitFor('nobody to watch it', () =>
      node.evaluate('{monitored_by, []} = process_info(whereis(late), monitored_by)'),
    );
    const answered =
      "M = monitor(process, late), late ! {go, 7}, receive {'DOWN', M, _, _, {_, return, R}} -> R end";
    expect(await node.evaluate(answered)).toBe('7');
    // Answers come in order: the late one is here before these.
    expect(await connection.erpc('erlang', 'abs', [-1])).toBe(1);
    expect(await connection.erpc('erlang', 'abs', [-2])).toBe(2);
  });

  it('is no longer waited for when the signal says so', async () => {
    const controller = new AbortController();
    const reason = new Error('no longer wanted');
    const failed = connection.erpc('timer', 'sleep', [atom('infinity')], { signal: controller.signal });
    controller.abort(reason);
    await expect(failed).rejects.toBe(reason);
  });
});

describe('1,000 calls at once', () => {
  it('by erpc and by rpc each get their own answer, in whatever order those come', async () => {
    // The first one answers when all the others have.
    const fun = await funOf(
      'fun(0) -> register(first, self()), receive go -> {0, 0} end; (I) -> timer:sleep(I rem 7), {I, I * I} end',
    );
    const order: number[] = [];
    const answers = await Promise.all(
      Array.from({ length: 1000 }, async (_, i) => {
        const way = i % 3 === 0 ? 'rpc' : 'erpc';
        const answer = await connection[way]('erlang', 'apply', [fun, [i]]);
        order.push(i);
        if (order.length === 999) await waitFor('the first call to go on', () => node.evaluate('first ! go'));
        return answer;
      }),
    );
    answers.forEach((answer, i) => expect(equals(answer, tuple(i, i * i)), `call ${i}`).toBe(true));
    expect(order.at(-1)).toBe(0);
  });
});
