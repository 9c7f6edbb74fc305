import { createHash, randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import {
  type Atom,
  atom,
  Binary,
  Bitstring,
  type Connection,
  charlist,
  Float,
  Fun,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  tuple,
} from '../../../src/otp/index.ts';
import { setUpAll } from '../../support/before-all.ts';
import { connectTo, ourName } from '../../support/erlang-connection.ts';
import { type ErlangNode, startErlangNode } from '../../support/erlang-node.ts';
import { waitFor } from '../../support/wait-for.ts';

const LARGE_BYTES = 64 * 1024 ** 2;

let node: ErlangNode;
const local = ourName();
let connection: Connection;

setUpAll(async (cleanUp) => {
  node = await startErlangNode({ cleanUp });
  connection = await connectTo(node, { local }, cleanUp);
});

describe('terms', () => {
  // In Erlang, and as they arrive.
  it.each<[string, string, (term: Term) => boolean]>([
    ['an improper list', '[1, b | c]', (term) => term instanceof ImproperList],
    ['an integer beyond 64 bits', '-(1 bsl 200)', (term) => term === -(2n ** 200n)],
    ['1', '1', (term) => term === 1],
    ['1.0', '1.0', (term) => term instanceof Float && term.value === 1],
    ['an atom in Unicode', "'größe→'", (term) => term === atom('größe→')],
    ['a fun with what it closes over', 'X = 41, fun(Y) -> X + Y end', (term) => term instanceof Fun],
    ['a pid', 'self()', (term) => term instanceof Pid],
    ['a reference', 'make_ref()', (term) => term instanceof Reference],
    ['an alias', 'erlang:alias()', (term) => term instanceof Reference],
    ['a port', 'hd(erlang:ports())', (term) => term instanceof Port],
    ['a bitstring', '<<1, 2:3>>', (term) => term instanceof Bitstring && term.bits === 3],
    ['a binary', '<<"größe"/utf8>>', (term) => term instanceof Binary && term.toString() === 'größe'],
    ['a list of bytes', '"abc"', (term) => JSON.stringify(term) === JSON.stringify(charlist('abc'))],
    ['a list of more than 65,535 bytes', 'lists:duplicate(70000, 1)', (term) => Array.isArray(term)],
    [
      'a map with 1 and 1.0 as keys',
      '#{1 => a, 1.0 => b}',
      (term) => term instanceof TermMap && term.get(1) === atom('a') && term.get(new Float(1)) === atom('b'),
    ],
  ])('%s comes as what it is and goes back unchanged', async (_, source, isRight) => {
    await node.evaluate(`persistent_term:put(sent, begin ${source} end)`);
    await node.evaluate('persistent_term:put(is_same, fun(X) -> X =:= persistent_term:get(sent) end)');
    const term = await connection.erpc('persistent_term', 'get', [atom('sent')]);
    expect(isRight(term)).toBe(true);
    const isSame = await connection.erpc('persistent_term', 'get', [atom('is_same')]);
    expect(await connection.erpc('erlang', 'apply', [isSame, [term]])).toBe(atom('true'));
    expect(await connection.rpc('erlang', 'apply', [isSame, [term]])).toBe(atom('true'));
  });

  it('of 64 MB go both ways', async () => {
    const bytes = randomBytes(LARGE_BYTES);
    const back = await connection.erpc('erlang', 'hd', [[Binary.of(bytes)]]);
    if (!(back instanceof Binary)) throw new Error('no binary came back');
    expect(back.byteLength).toBe(LARGE_BYTES);
    expect(bytes.equals(back.bytes)).toBe(true);
    const digest = await connection.rpc('erlang', 'md5', [Binary.of(bytes)]);
    expect(Buffer.from((digest as Binary).bytes)).toEqual(createHash('md5').update(bytes).digest());
  });
});

describe('our node', () => {
  it('answers a ping with pong, again and again', async () => {
    for (let i = 0; i < 3; i++) expect(await node.evaluate(`net_adm:ping('${local}')`)).toBe('pong');
    expect(await connection.rpc('erlang', 'node', [])).toBe(atom(node.name));
  });

  it('is hidden', async () => {
    expect(await node.evaluate('nodes()')).toBe('[]');
    expect((await node.evaluate('nodes(hidden)')).replaceAll("'", '')).toBe(`[${local}]`);
  });

  it('refuses to spawn processes, at once', async () => {
    expect(await node.evaluate(`try erpc:call('${local}', m, f, []) catch _:R -> R end`)).toBe(
      '{erpc,notsup}',
    );
  });
});

describe('a mailbox', () => {
  it('gets what processes of the node send to its pid', async () => {
    const mailbox = connection.openMailbox();
    const message = new Promise((resolve) => mailbox.messages.on(resolve));
    await connection.erpc('erlang', 'send', [mailbox.pid, tuple(atom('hello'), 1)]);
    expect(await message).toEqual(tuple(atom('hello'), 1));
  });

  it('sends to registered names and to aliases', async () => {
    await node.evaluate(`
      Me = self(),
      spawn(fun() -> register(echo, self()), Me ! ready, receive {From, X} -> From ! {back, X, erlang:alias()} end,
        receive last -> From ! done end end),
      receive ready -> ok end`);
    const mailbox = connection.openMailbox();
    const messages: Term[] = [];
    mailbox.messages.on((message) => messages.push(message));
    mailbox.send(atom('echo'), tuple(mailbox.pid, 42));
    const back = await waitFor('the echo', () => messages.shift());
    const [word, number, alias] = (back as ReturnType<typeof tuple>).elements;
    expect([word, number]).toEqual([atom('back'), 42]);
    mailbox.send(alias as Reference, atom('last'));
    await waitFor('the answer to the alias', () => messages[0] === atom('done'));
  });

  it('hears of the end of processes that it watches, by pid and by name', async () => {
    const pid = await spawnWaiting('watched');
    const mailbox = connection.openMailbox();
    const byPid = Promise.withResolvers<Term>();
    const byName = Promise.withResolvers<Term>();
    const cancelled: Term[] = [];
    mailbox.monitor(pid, byPid.resolve);
    mailbox.monitor(atom('watched'), byName.resolve);
    mailbox.monitor(pid, (reason) => cancelled.push(reason))();
    mailbox.send(pid, tuple(atom('exit'), tuple(atom('because'), 7)));
    expect(await byPid.promise).toEqual(tuple(atom('because'), 7));
    expect(await byName.promise).toEqual(tuple(atom('because'), 7));
    await connection.rpc('erlang', 'node', []);
    expect(cancelled).toEqual([]);
  });

  it('learns at once that what it wants to watch is not there', async () => {
    const down = Promise.withResolvers<Term>();
    connection.openMailbox().monitor(atom('nobody_is_called_so'), down.resolve);
    expect(await down.promise).toBe(atom('noproc'));
  });

  it('hears of the end of processes that it is linked to, unless it has taken the link back', async () => {
    const [linked, unlinked] = [await spawnWaiting('linked'), await spawnWaiting('unlinked')];
    const mailbox = connection.openMailbox();
    const exits: Term[] = [];
    mailbox.exits.on(({ reason }) => exits.push(reason));
    mailbox.link(linked);
    mailbox.link(unlinked);
    mailbox.unlink(unlinked);
    // A process that ends tells those who are linked to it before those who watch it.
    const down = Promise.withResolvers<Term>();
    mailbox.monitor(unlinked, down.resolve);
    mailbox.send(unlinked, tuple(atom('exit'), atom('unheard')));
    mailbox.send(linked, tuple(atom('exit'), atom('heard')));
    await waitFor('the exit of the linked process', () => exits.includes(atom('heard')));
    expect(await down.promise).toBe(atom('unheard'));
    expect(exits).toEqual([atom('heard')]);
  });

  it('that is closed ends processes that are linked to it, and is down to those that watch it', async () => {
    const mailbox = connection.openMailbox();
    await connection.rpc('persistent_term', 'put', [atom('ours'), mailbox.pid]);
    const told = node.evaluate(`
      Ours = persistent_term:get(ours), Me = self(),
      Linked = spawn(fun() -> link(Ours), Me ! linked, receive never -> ok end end),
      receive linked -> ok end,
      M1 = monitor(process, Linked), M2 = monitor(process, Ours), register(waits_for_ours, self()),
      {receive {'DOWN', M1, _, _, R1} -> R1 end, receive {'DOWN', M2, _, _, R2} -> R2 end}`);
    await untilRegistered('waits_for_ours');
    mailbox.close(atom('closed_here'));
    expect(await told).toBe('{closed_here,closed_here}');
    const again = "M = monitor(process, persistent_term:get(ours)), receive {'DOWN', M, _, _, R} -> R end";
    expect(await node.evaluate(again)).toBe('noproc');
  });

  // A node lets exit signals of a link fall that it has taken back, until that is acknowledged.
  it('is linked again to a process of the node that took the link back before', async () => {
    const mailbox = connection.openMailbox();
    await connection.rpc('persistent_term', 'put', [atom('ours'), mailbox.pid]);
    const told = node.evaluate(`
      Ours = persistent_term:get(ours), Me = self(),
      spawn(fun() -> link(Ours), unlink(Ours), link(Ours), register(linked_again, self()), receive R -> R end end),
      Wait = fun Again() -> case whereis(linked_again) of undefined -> erlang:yield(), Again(); P -> P end end,
      M = monitor(process, Wait()), register(waits_for_linked, Me), receive {'DOWN', M, _, _, R} -> R end`);
    await untilRegistered('waits_for_linked');
    mailbox.close(atom('closed_here'));
    expect(await told).toBe('closed_here');
  });

  /** Asked over the connection: what the process sent to us before is here then. */
  async function untilRegistered(name: string): Promise<void> {
    await waitFor(`${name} to be registered`, async () => {
      const found = await connection.rpc('erlang', 'whereis', [atom(name)]);
      return found instanceof Pid;
    });
  }

  async function spawnWaiting(name: string): Promise<Pid> {
    await node.evaluate(`
      Me = self(),
      spawn(fun() -> register(${name}, self()), Me ! ready, receive {exit, R} -> exit(R) end end),
      receive ready -> ok end`);
    return (await connection.rpc('erlang', 'whereis', [atom(name)])) as Pid;
  }
});

describe('a node that is killed', () => {
  it('makes calls under way fail at once, and is reached again when it is back', async () => {
    const mortal = await startErlangNode({ epmd: node.epmd });
    const ours = await connectTo(mortal);
    const mailbox = ours.openMailbox();
    const down = Promise.withResolvers<Term>();
    mailbox.monitor(atom('init'), down.resolve);
    const calls = [
      ours.rpc('timer', 'sleep', [atom('infinity')]),
      ours.erpc('timer', 'sleep', [atom('infinity')]),
    ].map((call) => call.catch((error) => error));
    await ours.rpc('erlang', 'node', []);
    await mortal.kill('SIGKILL');
    for (const call of calls) expect(await call).toMatchObject({ code: 'otp_disconnected' });
    expect(await down.promise).toBe(atom('noconnection'));
    expect(await ours.closed).toMatchObject({ code: 'otp_disconnected' });
    await expect(ours.rpc('erlang', 'node', [])).rejects.toMatchObject({ code: 'otp_disconnected' });
    await expect(ours.erpc('erlang', 'node', [])).rejects.toMatchObject({ code: 'otp_disconnected' });

    const back = await startErlangNode({ epmd: node.epmd, alive: mortal.alive, cookie: mortal.cookie });
    const again = await connectTo(back);
    expect(await again.rpc('erlang', 'node', [])).toBe(atom(mortal.name));
  });
});

describe('a connection that we close', () => {
  it('says so, fails what is under way, and is gone at the node', async () => {
    const name = ourName();
    const ours = await connectTo(node, { local: name });
    const call = ours.erpc('timer', 'sleep', [atom('infinity')]).catch((error) => error);
    await waitFor('the node to see us', async () => (await hiddenNodes()).includes(atom(name)));
    ours.close();
    expect(await call).toMatchObject({ code: 'otp_disconnected' });
    expect((await ours.closed).message).toMatch(/closed by us/);
    await waitFor('the node to see us no more', async () => !(await hiddenNodes()).includes(atom(name)));
  });

  async function hiddenNodes(): Promise<readonly Atom[]> {
    return (await connection.rpc('erlang', 'nodes', [atom('hidden')])) as Atom[];
  }
});

describe('a connection that is over', () => {
  it('fails a call that was waiting for another when it ended', async () => {
    const ours = await connectTo(node);
    // The first erpc asks for the process `user`; the answer and the end come in the same turn.
    const call = ours.erpc('timer', 'sleep', [atom('infinity')]).catch((error) => error);
    const asked = ours.rpc('erlang', 'node', []);
    void asked.then(() => ours.close());
    expect(await call).toMatchObject({ code: 'otp_disconnected' });
    expect(() => ours.openMailbox()).toThrow(expect.objectContaining({ code: 'otp_disconnected' }));
  });
});

describe('a call whose signal was aborted before', () => {
  it.each(['rpc', 'erpc'] as const)('is not made by %s', async (way) => {
    const key = atom(`called_by_${way}`);
    const controller = new AbortController();
    controller.abort(new Error('too late'));
    const { signal } = controller;
    for (const options of [{ signal }, { signal, onOutput: () => {} }])
      await expect(connection[way]('persistent_term', 'put', [key, 1], options)).rejects.toThrow('too late');
    // Signals between two nodes keep their order, and a call that was sent would have begun before this one.
    const absent = atom('absent');
    expect(await connection[way]('persistent_term', 'get', [key, absent])).toBe(absent);
  });
});

describe('a node that is not to be trusted', () => {
  it('loses the connection with a message larger than allowed', async () => {
    const ours = await connectTo(node, { maxFrameBytes: 2 ** 16 });
    const call = ours.rpc('binary', 'copy', [Binary.of(Buffer.from('x')), 2 ** 17]);
    await expect(call).rejects.toMatchObject({ message: expect.stringContaining('65536 are allowed') });
  });

  it('loses the connection where it takes nothing of what waits to be sent to it', async () => {
    const deaf = await startErlangNode({ epmd: node.epmd });
    const ours = await connectTo(deaf, { maxFrameBytes: 2 ** 22 });
    await deaf.stop();
    const mailbox = ours.openMailbox();
    const isOpen = () => Promise.race([ours.closed.then(() => false), setImmediate(true)]);
    // The kernel's buffers take some megabytes.
    for (let sent = 0; sent < 256 && (await isOpen()); sent++)
      mailbox.send(atom('nobody'), Binary.of(Buffer.alloc(2 ** 18)));
    expect(await isOpen()).toBe(false);
    expect((await ours.closed).message).toContain('it takes nothing any more');
  });
});
