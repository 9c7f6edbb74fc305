import { type Clock, nextTick } from '../kernel/index.ts';
import { ASK_TIMEOUT_MS, ask } from './ask.ts';
import type { Instance } from './instance.ts';
import { listeningPorts } from './listening.ts';

export const LOOK_EVERY_MS = 30_000;

/**
 * Tells instances that were ready, and are asked no more, whether their ports are listened on still: one look at all
 * sockets for all of them, where a connection to each would cost them and the agent a hundred times as much.
 */
export class ListeningWatch {
  private readonly clock: Clock;
  private readonly instances: () => readonly Instance[];
  private cancel = () => {};

  constructor(options: { clock: Clock; instances: () => readonly Instance[] }) {
    this.clock = options.clock;
    this.instances = options.instances;
  }

  start(): void {
    const now = this.clock.monotonicMs();
    this.cancel = this.clock.after(nextTick(now, LOOK_EVERY_MS) - now, () => {
      this.look();
      this.start();
    });
  }

  stop(): void {
    this.cancel();
  }

  private look(): void {
    const watched = this.instances().filter(isWatched);
    if (watched.length === 0) return;
    const ports = listeningPorts('loopback');
    for (const instance of watched) void this.compare(instance, ports);
  }

  private async compare(instance: Instance, ports: ReadonlySet<number>): Promise<void> {
    const { run, question } = instance;
    if (!run) return;
    const isListening = question === null || ports.has(question.port);
    // What listens in another network namespace, with its port handed through, is seen by a connection alone.
    const reason = isListening
      ? null
      : await ask({ kind: 'tcp', port: question.port }, { clock: this.clock, timeoutMs: ASK_TIMEOUT_MS });
    instance.tellAnswer(run.id, { by: 'sockets', reason });
  }
}

function isWatched({ question, state: { phase } }: Instance): boolean {
  if (phase.name === 'unready') return phase.toldBy === 'sockets';
  return phase.name === 'ready' && question !== null;
}
