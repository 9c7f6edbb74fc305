import { type Clock, nextTick, unawaited } from '../kernel/index.ts';
import { ASK_TIMEOUT_MS, ask } from './ask.ts';
import type { Instance } from './instance.ts';
import { loopbackPorts, SOCKET_FILES } from './listening.ts';

export const LOOK_EVERY_MS = 30_000;

/**
 * Tells instances that were ready, and are asked no more, whether their ports are listened on still: one look at all
 * sockets for all of them, where a connection to each would cost them and the agent a hundred times as much.
 */
export class ListeningWatch {
  private readonly clock: Clock;
  private readonly instances: () => readonly Instance[];
  /** The file in which the ports were found last comes first: the other one is seldom read. */
  private files = SOCKET_FILES;
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
    const ports = watched.map(({ question }) => question?.port).filter((port) => port !== undefined);
    const missing = this.missing(new Set(ports));
    for (const instance of watched)
      unawaited(this.compare(instance, missing), `instance ${instance.unit}: the look whether it listens`);
  }

  /** Those on which nothing listens. Looks no further once all are found, which is the rule. */
  private missing(ports: ReadonlySet<number>): Set<number> {
    const missing = new Set(ports);
    for (const file of this.files) {
      if (missing.size === 0) break;
      const before = missing.size;
      for (const port of loopbackPorts(file)) if (missing.delete(port) && missing.size === 0) break;
      if (missing.size < before) this.files = [file, ...SOCKET_FILES.filter((other) => other !== file)];
    }
    return missing;
  }

  private async compare(instance: Instance, missing: ReadonlySet<number>): Promise<void> {
    const { run, question } = instance;
    if (!run) return;
    // What listens in another network namespace, with its port handed through, is seen by a connection alone.
    const reason =
      question === null || !missing.has(question.port)
        ? null
        : await ask({ kind: 'tcp', port: question.port }, { clock: this.clock, timeoutMs: ASK_TIMEOUT_MS });
    instance.tellAnswer(run.id, { by: 'sockets', reason });
  }
}

function isWatched({ question, state: { phase } }: Instance): boolean {
  if (phase.name === 'unready') return phase.toldBy === 'sockets';
  return phase.name === 'ready' && question !== null;
}
