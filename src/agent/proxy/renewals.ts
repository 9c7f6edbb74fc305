import {
  AcmeFolder,
  appOf,
  attempt,
  directoryUrl,
  dueAt,
  type Group,
  type GroupRecord,
  type Prover,
  type Standing,
  type Validity,
} from '../../acme/index.ts';
import type { AcmeConfiguration, Configuration } from '../../config/index.ts';
import { type Clock, messageOf, readPlainFile, unawaited } from '../../kernel/index.ts';
import { acmeGroups } from './acme-groups.ts';
import { acmeRefused } from './acme-refused.ts';
import { proverOf } from './prover.ts';

export interface RenewalsOptions {
  directory: string;
  clock: Clock;
  /** What becomes of the certificates of an app. */
  tell: (event: { app: string; type: string; message: string }) => void;
  /** What HAProxy is to answer to authorities, by path; nothing but that. */
  answer: (contents: ReadonlyMap<string, string>) => Promise<void>;
  /** Another certificate is there: HAProxy gets it. */
  renewed: () => Promise<void>;
  /** Null where HAProxy would answer an authority; else why not. */
  whyDeaf: () => string | null;
}

/** What is known of a group. */
export interface GroupState {
  group: Group;
  directory: string;
  certificate: Validity | null;
  record: GroupRecord;
  file: string;
  isOrdered: boolean;
  /** When it is asked for next, by the wall clock. */
  dueMs: number;
  /** What it waits for before anybody is asked; null: nothing but its time. */
  waitsFor: string | null;
  /** Why it cannot be asked for now, whoever would be asked. */
  trouble: Trouble | null;
}

/** What keeps this host from asking, by the wall clock. */
export interface Trouble {
  reason: string;
  atMs: number;
  nextMs: number;
}

/** Whoever has other things to do looks so often: a timer is for what is due before. */
const LOOK_MS = 30_000;
const TROUBLE_MS = 60_000;

/** Certificates of ACME: one after the other is asked for when it is due. */
export class Renewals {
  private readonly options: RenewalsOptions;
  private readonly folder: AcmeFolder;
  private readonly over = new AbortController();
  private readonly troubles = new Map<string, Trouble & { isOver: () => boolean }>();
  private acme: AcmeConfiguration | null = null;
  private groups: Group[] = [];
  private prover: Prover | null = null;
  private ordered: Group | null = null;
  private turn: Promise<unknown> = Promise.resolve();
  private cancelTimer: () => void = () => undefined;

  constructor(options: RenewalsOptions) {
    this.options = options;
    this.folder = new AcmeFolder(options.directory);
  }

  /** Follows the configuration; gives the files of the certificates that are there. `others`: those that it names itself. */
  follow(configuration: Configuration, others: readonly Validity[]): string[] {
    const acme = configuration.proxy?.acme ?? null;
    this.groups = acmeGroups(configuration, others);
    if (JSON.stringify(acme) !== JSON.stringify(this.acme)) this.troubles.clear();
    this.acme = acme;
    this.prover =
      acme &&
      proverOf(acme, {
        answer: this.options.answer,
        say: (message) => this.ordered && this.say(this.ordered, 'certificate.dns', message),
      });
    this.folder.readAnew();
    return this.groups
      .filter(({ id }) => this.folder.certificate(id) !== null)
      .map(({ id }) => this.folder.certificateFile(id));
  }

  /** Has asked for what is due; nobody waits for it. */
  look(): void {
    this.cancelTimer();
    const { clock } = this.options;
    if (this.over.signal.aborted || this.groups.length === 0 || this.ordered !== null) return;
    if (this.whyDeaf() !== null) return;
    const nowMs = clock.now();
    const states = this.states();
    const due = states.find(({ dueMs, trouble }) => dueMs <= nowMs && trouble === null);
    if (due) return unawaited(this.obtain(due.group), 'a certificate');
    const nextMs = Math.min(...states.map(({ dueMs }) => dueMs));
    if (nextMs <= nowMs || nextMs > nowMs + LOOK_MS) return;
    this.cancelTimer = clock.after(nextMs - nowMs, () => this.look());
  }

  states(): GroupState[] {
    const { acme, folder } = this;
    const { clock } = this.options;
    if (acme === null) return [];
    return this.groups.map((group): GroupState => {
      const { id } = group;
      const standing: Standing = {
        ...{ group, directory: directoryUrl(acme.directory) },
        ...{ certificate: folder.certificate(id), record: folder.record(id) },
      };
      const trouble = this.troubles.get(id);
      return {
        ...standing,
        file: folder.certificateFile(id),
        waitsFor: this.whyDeaf(),
        isOrdered: this.ordered === group || this.ordered?.id === id,
        dueMs: dueAt(standing, clock.now()),
        trouble: trouble && !trouble.isOver() ? trouble : null,
      };
    });
  }

  /**
   * Asks for the certificate of an app or a name now, or for all. What the authority wants not to be asked is not asked.
   * @throws SlipwayError `usage` where none is ordered for it, `acme_failed`
   */
  async renew(asked: string | null): Promise<string[]> {
    const found = this.states().filter(
      ({ group: { id, names } }) => asked === null || id === asked || names.includes(asked),
    );
    if (found.length === 0) throw acmeRefused.unknown(asked);
    const told: string[] = [];
    for (const { group, record } of found) {
      const { failure } = record;
      if (failure?.kind === 'limited' && failure.nextMs > this.options.clock.now())
        throw acmeRefused.limited(group, { ...failure, reason: failure.reason });
      const why = this.whyDeaf() ?? (await this.obtain(group));
      if (why !== null) throw acmeRefused.failed(group, why);
      told.push(...group.names);
    }
    return told;
  }

  detach(): void {
    this.cancelTimer();
    this.over.abort(new Error('the agent ends'));
  }

  /** Null where all names have one; else why not. */
  private async obtain(group: Group): Promise<string | null> {
    const mine = this.turn.then(() => this.ask(group));
    this.turn = mine.catch(() => undefined);
    return await mine;
  }

  private async ask(group: Group): Promise<string | null> {
    const { acme, prover, folder } = this;
    const { clock, renewed } = this.options;
    const { signal } = this.over;
    if (acme === null || prover === null || signal.aborted) return 'it is not ordered any more';
    this.ordered = group;
    try {
      const authorities = acme.ca === null ? null : readPlainFile(acme.ca);
      folder.prepare();
      folder.forgetOthers(
        this.groups.map(({ id }) => id),
        clock.now(),
      );
      const names = group.names.join(', ');
      this.say(group, 'certificate.ordered', `a certificate for ${names} is asked for (${acme.directory})`);
      const done = await attempt({
        ...{ folder, group, prover, clock, signal, random: Math.random },
        authority: { directory: directoryUrl(acme.directory), email: acme.email, authorities },
      });
      this.troubles.delete(group.id);
      if (done.certificate) {
        const until = folder.certificate(group.id)?.untilMs ?? 0;
        const held = folder.certificate(group.id)?.names.join(', ');
        this.say(
          group,
          'certificate.issued',
          `there is a certificate for ${held}, until ${new Date(until).toISOString()}`,
        );
        await renewed();
      }
      if (done.failure !== null) this.failed(group, done.failure);
      return done.failure;
    } catch (error) {
      if (signal.aborted) return 'the agent ends';
      const reason = messageOf(error);
      const [atMs, beganMs] = [clock.now(), clock.monotonicMs()];
      const isOver = () => clock.monotonicMs() > beganMs + TROUBLE_MS;
      const isKnown = this.troubles.get(group.id)?.reason === reason;
      this.troubles.set(group.id, { reason, atMs, nextMs: atMs + TROUBLE_MS, isOver });
      // It is tried each minute.
      if (!isKnown) this.failed(group, reason);
      return reason;
    } finally {
      this.ordered = null;
      this.look();
    }
  }

  private whyDeaf(): string | null {
    return this.prover?.kind === 'http-01' ? this.options.whyDeaf() : null;
  }

  private failed(group: Group, reason: string): void {
    this.say(group, 'certificate.failed', `no certificate for ${group.names.join(', ')}: ${reason}`);
  }

  private say(group: Group, type: string, message: string): void {
    this.options.tell({ app: appOf(group), type, message: `${appOf(group)}: ${message}` });
  }
}
