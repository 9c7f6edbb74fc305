import { describe, expect, it } from 'vitest';
import { atom } from '../../../src/otp/index.ts';
import { connectTo } from '../../support/erlang-connection.ts';
import { startErlangNode } from '../../support/erlang-node.ts';

/** A node that drops a peer which says nothing for so long (by a quarter more or less). */
const TICK_TIME_S = 8;
const FLAGS = ['-kernel', 'net_ticktime', String(TICK_TIME_S)];

describe('a connection that nobody uses', () => {
  it('outlives three times the tick time of the node', async () => {
    const node = await startErlangNode({ flags: FLAGS });
    const connection = await connectTo(node);
    // The node's own clock, and not a word to it by the connection.
    expect(await node.evaluate(`timer:sleep(3 * 1000 * ${TICK_TIME_S}), nodes(hidden) =/= []`)).toBe('true');
    expect(await connection.rpc('erlang', 'node', [])).toBe(atom(node.name));
  });
});

describe('a node that is stopped by a signal', () => {
  it('is noticed, and the calls under way fail', async () => {
    const node = await startErlangNode({ flags: FLAGS });
    const connection = await connectTo(node, { ticks: { intervalMs: 100, silentIntervals: 80 } });
    const calls = [
      connection.rpc('timer', 'sleep', [atom('infinity')]),
      connection.erpc('timer', 'sleep', [atom('infinity')]),
    ].map((call) => call.catch((error) => error));
    await connection.erpc('erlang', 'node', []);
    await node.stop();
    const error = await connection.closed;
    expect(error).toMatchObject({ code: 'otp_disconnected' });
    expect(error.message).toMatch(/nothing came for so long/);
    for (const call of calls) expect(await call).toBe(error);
    await expect(connection.rpc('erlang', 'node', [])).rejects.toBe(error);
  });
});
