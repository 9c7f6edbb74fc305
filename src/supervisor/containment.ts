import path from 'node:path';
import { Event, messageOf } from '../kernel/index.ts';
import {
  APPS_SCOPE,
  type ControlGroup,
  ControlGroups,
  controllersOf,
  type Limits,
  setLimits,
} from './cgroup/index.ts';
import type { HolderOptions } from './holder.ts';

/** The control groups of one data folder, where this host and user can have some. */
export class Containment {
  /** What a person should know of. */
  readonly told = new Event<string>();
  private readonly dataDirectory: string;
  private groups: ControlGroups | null = null;
  private renewing: Promise<void> | null = null;
  /** A run and its holder were ended together, as systemd does when it stops the scope. */
  private isSuspect = false;
  private why: string | null = 'they were not asked for';

  constructor(runDirectory: string) {
    this.dataDirectory = path.dirname(runDirectory);
  }

  /** `isKnown`: whether a group's run has a record; the others are taken away where they are empty. */
  async open(isKnown: (id: string) => boolean): Promise<void> {
    try {
      this.groups = await ControlGroups.open(this.dataDirectory);
      this.why = null;
      this.groups.sweep(isKnown);
    } catch (error) {
      this.giveUp(error);
    }
  }

  /** Those in force: a scope that was ended takes its groups along. */
  get current(): ControlGroups | null {
    return this.groups;
  }

  /** Why there are none; null where there are. */
  get weakness(): string | null {
    return this.why;
  }

  close(): void {
    this.groups?.close();
  }

  /** The group of a run, or of what is none; null where there are no control groups. */
  group(name: string): ControlGroup | null {
    return this.groups?.group(name) ?? null;
  }

  /** Makes the groups of a run that is about to be launched. */
  make(id: string, limits: Limits): HolderOptions['groups'] {
    if (!this.groups) return null;
    const run = this.groups.group(id);
    this.groups.holders.make();
    run.make();
    setLimits(run, limits, this.groups.controllers);
    return { run, holders: this.groups.holders };
  }

  /** Names of the limits that are asked for and cannot be set on this host. */
  unenforced(limits: Limits): string[] {
    return controllersOf(limits).filter((name) => !this.groups?.controllers.has(name));
  }

  /** A run and its holder have ended, and nobody has written how. */
  suspect(): void {
    this.isSuspect = this.groups !== null;
  }

  /**
   * Is awaited before a start, and before its logs are opened: where systemd has ended the scope, what is started is to
   * be in another one.
   */
  async inPlace(): Promise<void> {
    if (this.groups && (this.isSuspect || !this.groups.isKept())) await (this.renewing ??= this.renew());
  }

  giveUp(error: unknown): void {
    // Better without groups than not at all.
    this.groups = null;
    this.why = messageOf(error);
  }

  private async renew(): Promise<void> {
    try {
      const groups = await ControlGroups.open(this.dataDirectory);
      this.isSuspect = false;
      if (!groups.isScopeNew) return;
      this.groups = groups;
      this.told.emit(`${APPS_SCOPE} has been stopped, with all that was in it; it was made again`);
    } catch (error) {
      this.giveUp(error);
      this.told.emit(`runs are started without control groups: ${this.why}`);
    } finally {
      this.renewing = null;
    }
  }
}
