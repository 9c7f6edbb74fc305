import path from 'node:path';
import { atom, Connection, type TlsOptions } from '../../src/otp/index.ts';
import { makeCertificates } from '../../test/support/certificates.ts';
import { type ErlangNode, SHORT_HOST, startEpmd, startErlangNode } from '../../test/support/erlang-node.ts';
import type { Figure } from '../figures.ts';
import type { Case } from '../workshop.ts';

const CALLS = 20_000;
const WAYS = ['rpc', 'erpc'] as const;
const WIDTHS = [1, 64] as const;
const TRANSPORTS = ['TCP', 'TLS'] as const;

interface Work {
  way: (typeof WAYS)[number];
  width: (typeof WIDTHS)[number];
}

/** Two that call the same node: us, and another Erlang node. */
interface Callers {
  ours: (work: Work, calls: number) => Promise<number>;
  theirs: (work: Work, calls: number) => Promise<number>;
}

export const rpc: Case = {
  title: 'Calls of an Erlang node',
  about:
    'erlang:node/0, one call after the other and 64 at any time, by rpc and by erpc, over TCP and over TLS 1.2: from ' +
    'Slipway and from a second Erlang node (a compiled module), in turn. The ratio is that of two rounds which ' +
    'followed each other.',
  async run({ folder, runs, quick, cleanUp, say }) {
    const later = (fn: () => void | Promise<void>) => cleanUp.defer(async () => fn());
    const certificates = await makeCertificates(folder);
    const epmd = await startEpmd(later);
    const figures: Figure[] = [];
    for (const transport of TRANSPORTS) {
      const tls = transport === 'TLS' ? certificates.optionsFile({ isMutual: true }) : null;
      const start = (cookie?: string) =>
        startErlangNode({ epmd, tls, cleanUp: later, ...(cookie === undefined ? {} : { cookie }) });
      const callee = await start();
      const caller = await start(callee.cookie);
      const options = { ca: certificates.ca, ...certificates.node };
      const ours = await ourCaller(callee, tls ? options : null);
      later(() => ours.connection.close());
      const callers = { ours: ours.time, theirs: await theirCaller(caller, callee, folder) };
      for (const way of WAYS)
        for (const width of WIDTHS) {
          const name = `1,000 calls by ${way}, ${width === 1 ? 'one by one' : `${width} at a time`}, ${transport}`;
          const calls = quick ? CALLS / 4 : CALLS;
          figures.push(...(await measure(callers, { name, work: { way, width }, calls, runs })));
          say(name);
        }
      await Promise.all([callee.kill(), caller.kill()]);
    }
    return figures;
  },
};

async function measure(
  { ours, theirs }: Callers,
  { name, work, calls, runs }: { name: string; work: Work; calls: number; runs: number },
): Promise<Figure[]> {
  const slipway: Figure = { work: name, of: 'Slipway', unit: 'ms', values: [] };
  const erl: Figure = { work: name, of: 'Erlang', unit: 'ms', values: [] };
  const ratio: Figure = { work: name, of: 'Slipway / Erlang', unit: 'times', values: [], limit: 1 };
  // Not counted: code that is compiled while it runs, and the first calls of a connection.
  await ours(work, calls);
  await theirs(work, calls);
  for (let i = 0; i < runs * 2; i++) {
    const [first, second] = i % 2 === 0 ? [ours, theirs] : [theirs, ours];
    const times = [await first(work, calls), await second(work, calls)];
    const [our = 0, their = 0] = i % 2 === 0 ? times : times.reverse();
    slipway.values.push((our / calls) * 1000);
    erl.values.push((their / calls) * 1000);
    ratio.values.push(our / their);
  }
  return [slipway, erl, ratio];
}

async function ourCaller(callee: ErlangNode, tls: TlsOptions | null) {
  const { name: peer, cookie } = callee;
  const local = `slipway-bench-${process.pid}@${SHORT_HOST}`;
  const connection = await Connection.open({
    ...{ local, peer, cookie, tls, timeoutMs: 60_000 },
    epmdPort: callee.epmd.port,
  });
  const expected = atom(peer);
  const time: Callers['ours'] = async ({ way, width }, calls) => {
    const startedMs = performance.now();
    await Promise.all(
      Array.from({ length: width }, async () => {
        for (let left = Math.floor(calls / width); left > 0; left--)
          if ((await connection[way]('erlang', 'node', [])) !== expected) throw new Error('a wrong answer');
      }),
    );
    return performance.now() - startedMs;
  };
  return { connection, time };
}

async function theirCaller(
  caller: ErlangNode,
  callee: ErlangNode,
  folder: string,
): Promise<Callers['theirs']> {
  const source = path.join(import.meta.dirname, '../programs/caller');
  await caller.evaluate(`
    {ok, caller} = compile:file("${source}", [{outdir, "${folder}"}]),
    {module, caller} = code:load_abs("${path.join(folder, 'caller')}")`);
  return async ({ way, width }, calls) =>
    Number(await caller.evaluate(`caller:time(${way}, '${callee.name}', ${calls}, ${width})`)) / 1000;
}
