import fs from 'node:fs';
import { messageOf, SlipwayError, unawaited } from '../kernel/index.ts';
import type { Limits } from './cgroup/index.ts';
import type { Containment } from './containment.ts';
import { oldest } from './find-runs.ts';
import { type Holder, type HolderOptions, NOT_ENTERED, spawnHolder } from './holder.ts';
import type { Holders } from './holders.ts';
import { childrenOf, processStat } from './proc.ts';
import { parseRunId, type Run, type RunName } from './run.ts';
import type { RunFolder } from './run-folder.ts';

const NO_START_FILE_AFTER_MS = 250;

export interface LaunchOptions extends Omit<HolderOptions, 'runPath' | 'folderId' | 'groups' | 'maxFiles'> {
  limits: Limits;
}

/** A holder that waits for the word. */
export interface StandBy {
  name: RunName;
  /** Once, and not after `discard`. */
  start(): Promise<Run>;
  discard(): void;
  isUsable(): boolean;
}

interface LaunchesOptions {
  folder: RunFolder;
  containment: Containment;
  holders: Holders;
  /** `status`: null where a signal has ended it. */
  onHolderEnded: (id: string, status: number | null) => void;
  /** Takes away what is left of a run that came to nothing. */
  forget: (id: string) => void;
}

/** Makes holders, and starts programs under them. */
export class Launches {
  private readonly options: LaunchesOptions;
  /** What looks whether a run has started, by id. */
  private readonly starting = new Map<string, () => void>();

  constructor(options: LaunchesOptions) {
    this.options = options;
  }

  /** Something was written of the run, or has happened to it. */
  look(id: string): void {
    this.starting.get(id)?.();
  }

  close(): void {
    this.starting.clear();
  }

  /** @throws SlipwayError `start_failed` */
  standBy(name: RunName, options: LaunchOptions): StandBy {
    const { containment, holders } = this.options;
    const id = this.options.folder.newId(name);
    const groups = containment.current;
    const holder = this.spawn(id, { name, ...options });
    const { pid } = holder.process;
    if (pid !== undefined) holders.add(id, pid);
    let failure: SlipwayError | null = null;
    const fail = (why: string) => {
      failure = startFailed(name, why);
      this.look(id);
    };
    holder.process.once('error', (error) => fail(messageOf(error)));
    holder.process.once('exit', (code, signal) => {
      fail(
        code === NOT_ENTERED
          ? 'it could not enter its control group, or have its limits; its output says why'
          : `its holder ended first (${signal ?? `status ${code}`})`,
      );
      this.options.onHolderEnded(id, signal === null ? code : null);
    });
    const started = Promise.withResolvers<Run>();
    const settle = (run: Run | null) => {
      if (!run && !failure) return;
      this.starting.delete(id);
      if (run) started.resolve(run);
      else if (failure) {
        // Its holder may have been killed between the start and the record.
        containment.group(id)?.kill();
        this.options.forget(id);
        started.reject(failure);
      }
    };
    return {
      name,
      start: async () => {
        const look = () => settle(this.recorded(id));
        this.starting.set(id, look);
        // A full disk leaves no start file: ask the kernel whom the holder has started.
        const fallback = setInterval(
          () => settle(this.recorded(id) ?? this.unrecorded(id, pid)),
          NO_START_FILE_AFTER_MS,
        );
        if (!failure) holder.stdin.end('\n');
        look();
        return await started.promise.finally(() => clearInterval(fallback));
      },
      discard: () => {
        holder.stdin.destroy();
        const remove = () => unawaited(this.removeWhenEmpty(id), `${id}: the removal of its control group`);
        if (failure) remove();
        else holder.process.once('exit', remove);
      },
      // What stands by in a scope that has ended ends with it.
      isUsable: () => failure === null && containment.current === groups,
    };
  }

  private spawn(id: string, { name, limits, ...launch }: LaunchOptions & { name: RunName }): Holder {
    const { folder, containment } = this.options;
    if (!fs.existsSync(launch.cwd))
      throw new SlipwayError('start_failed', {
        message: `${name.app}/${name.unit} has no directory ${launch.cwd} to start in`,
      });
    try {
      return spawnHolder({
        ...launch,
        runPath: folder.path(id),
        folderId: folder.folderId,
        groups: containment.make(id, limits),
        maxFiles: limits.files,
      });
    } catch (error) {
      containment.group(id)?.remove();
      throw startFailed(name, messageOf(error));
    }
  }

  private recorded(id: string): Run | null {
    const recorded = this.options.folder.start(id);
    if (!recorded) return null;
    this.options.holders.learn(id, recorded.holder);
    return recorded.run;
  }

  private unrecorded(id: string, holderPid: number | undefined): Run | null {
    const name = parseRunId(id);
    const holder = holderPid === undefined ? null : processStat(holderPid);
    const main = holder ? oldest(childrenOf(holder.pid).map(processStat)) : null;
    if (!name || !main) return null;
    this.options.holders.learn(id, holder);
    return this.options.folder.unrecorded(id, name, main);
  }

  /** Removes the group of a run that never was: what waited in it is about to end. */
  private async removeWhenEmpty(id: string): Promise<void> {
    const group = this.options.containment.group(id);
    await group?.untilEmpty().catch(() => undefined);
    group?.remove();
  }
}

function startFailed(name: RunName, why: string): SlipwayError {
  return new SlipwayError('start_failed', {
    message: `${name.app}/${name.unit} could not be started: ${why}`,
  });
}
