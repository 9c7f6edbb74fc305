import { SlipwayError, sleep, systemClock, withDeadline } from '../kernel/index.ts';
import { isShareItself, type Share, shareEntries } from './canary.ts';
import { entryOf } from './challenges.ts';
import { ask } from './command-socket.ts';
import { backendOf, type SlotState, serverOf } from './description.ts';
import { FILES, type ProxyFolder } from './folder.ts';
import { parseServerStates } from './server-states.ts';
import { parseSessions } from './sessions.ts';
import { parseWorkers, type Workers } from './workers.ts';

const RELOAD_LOOK_MS = 20;
const RELOAD_TIMEOUT_MS = 30_000;

/** Of HAProxy: what it calls the state, and whether somebody is there. `drain`: up, and in no round. */
const WORDS = { ready: ['ready', true], trial: ['drain', true], maintenance: ['maint', false] } as const;

/** What can be said to a HAProxy that runs. All of it rejects with `proxy_unreachable` where it does not, or says no. */
export class ProxyControl {
  private readonly folder: ProxyFolder;

  constructor(folder: ProxyFolder) {
    this.folder = folder;
  }

  /**
   * From now on requests are sent there, or not. One that is ready is sent to at once, and not after its next health check.
   * Workers that a reload has replaced are told, too: they may have a request to send still.
   */
  async setState(app: string, slot: string, state: SlotState): Promise<void> {
    const server = serverOf(app, slot);
    const [word, isUp] = WORDS[state];
    const isAsked = `set server ${server} state ${word}`;
    await this.tellAll(isUp ? [isAsked, `set server ${server} health up`] : [isAsked]);
  }

  async states(): Promise<Map<string, SlotState>> {
    return parseServerStates(await this.ask('show servers state'));
  }

  /** Requests that are being answered by the slot: of workers that a reload has replaced, too. */
  async inFlight(app: string, slot: string): Promise<number> {
    const server = serverOf(app, slot);
    const { former } = await this.workers();
    const texts = await Promise.all([
      this.ask('show stat'),
      ...former.map((pid) => this.askMaster(`@!${pid} show stat`).catch(() => '')),
    ]);
    return texts.reduce((sum, text) => sum + (parseSessions(text).get(server) ?? 0), 0);
  }

  /** Requests for these apps, and no others, are answered with the page of maintenance. */
  async setMaintenance(apps: readonly string[]): Promise<void> {
    const asked = apps.map(backendOf);
    const told = await this.ask(`show acl ${FILES.maintenance}`);
    const present = [...told.matchAll(/^0x[0-9a-f]+ (\S+)$/gm)].map(([, backend = '']) => backend);
    const over = present.filter((backend) => !asked.includes(backend));
    const begun = asked.filter((backend) => !present.includes(backend));
    await this.tellAll([
      ...over.map((backend) => `del acl ${FILES.maintenance} ${backend}`),
      ...begun.map((backend) => `add acl ${FILES.maintenance} ${backend}`),
    ]);
  }

  /** These releases, and no others, get a share of the requests. */
  async setShares(shares: readonly Share[]): Promise<void> {
    const wanted = new Map(shares.flatMap(shareEntries));
    const told = await this.ask(`show map ${FILES.shares}`);
    const present = [...told.matchAll(/^0x[0-9a-f]+ (\S+) (\S+)$/gm)].map(
      ([, key = '', value]) => [key, value] as const,
    );
    const over = present.filter(([key, value]) => wanted.get(key) !== value).map(([key]) => key);
    const kept = new Set(present.map(([key]) => key).filter((key) => !over.includes(key)));
    // The first to go, and the last to come: what is half told deals nobody.
    over.sort((a, b) => Number(isShareItself(b)) - Number(isShareItself(a)));
    await this.tellAll([
      ...over.map((key) => `del map ${FILES.shares} ${key}`),
      ...[...wanted]
        .filter(([key]) => !kept.has(key))
        .map(([key, value]) => `add map ${FILES.shares} ${key} ${value}`),
    ]);
  }

  /** What an authority finds, by path; nothing but that. */
  async setChallenges(contents: ReadonlyMap<string, string>): Promise<void> {
    const told = await this.ask(`show map ${FILES.challenges}`);
    const present = [...told.matchAll(/^0x[0-9a-f]+ (\S+) \S+$/gm)].map(([, path = '']) => path);
    await this.tellAll([
      ...present.filter((path) => !contents.has(path)).map((path) => `del map ${FILES.challenges} ${path}`),
      ...[...contents]
        .filter(([path]) => !present.includes(path))
        .map(([path, content]) => `add map ${FILES.challenges} ${entryOf(path, content)}`),
    ]);
  }

  /** New content of a certificate that is in use, for all handshakes from now on. */
  async replaceCertificate(file: string, pem: string): Promise<void> {
    const told = await this.ask(`set ssl cert ${file}`, pem.replace(/\n\s*\n/g, '\n'));
    if (!/Transaction (created|updated)/.test(told)) throw refused(`set ssl cert ${file}`, told);
    const committed = await this.ask(`commit ssl cert ${file}`);
    if (committed.includes('Success')) return;
    await this.ask(`abort ssl cert ${file}`);
    throw refused(`commit ssl cert ${file}`, committed);
  }

  async workers(): Promise<Workers> {
    return parseWorkers(await this.askMaster('show proc'));
  }

  /**
   * Has the configuration read anew: a new worker takes the listeners over, and the former one ends what it has begun.
   * Resolves once the new one is there.
   * @throws SlipwayError `proxy_refused` where HAProxy did not take it: the former one goes on
   */
  async reload(): Promise<void> {
    const before = await this.workers();
    await this.askMaster('reload');
    const done = await withDeadline({ ms: RELOAD_TIMEOUT_MS }, async (signal) => {
      for (;;) {
        // The master's socket is away for a moment.
        const now = await this.workers().catch(() => null);
        if (now && now.reloads > before.reloads) {
          if (now.failed > before.failed) return 'failed';
          if (now.current !== null && now.current !== before.current) return 'done';
        }
        await sleep(RELOAD_LOOK_MS, { clock: systemClock, signal });
      }
    });
    if (done === 'done') return;
    throw new SlipwayError('proxy_refused', {
      message: `HAProxy did not take its new configuration: ${done === 'late' ? 'it took too long' : 'its log says why'}`,
      hint: 'it goes on with the former one',
      next: 'slipway doctor',
    });
  }

  /** Workers that a reload has replaced, too: they have connections that may bring a request still. */
  private async tellAll(commands: readonly string[]): Promise<void> {
    for (const command of commands) await this.tell(command);
    if (commands.length === 0) return;
    // They may not know the app, or be about to end.
    for (const pid of (await this.workers()).former)
      for (const command of commands) await this.askMaster(`@!${pid} ${command}`).catch(() => '');
  }

  /** Succeeds silently, or says words. */
  private async tell(command: string): Promise<void> {
    const told = (await this.ask(command)).trim();
    if (told !== '') throw refused(command, told);
  }

  private async ask(command: string, payload: string | null = null): Promise<string> {
    return await ask(this.folder.path(FILES.runtimeSocket), command, payload);
  }

  private async askMaster(command: string): Promise<string> {
    return await ask(this.folder.path(FILES.masterSocket), command);
  }
}

function refused(command: string, told: string): SlipwayError {
  return new SlipwayError('proxy_refused', {
    message: `HAProxy refused "${command.slice(0, 100)}": ${told.trim().slice(0, 500)}`,
    hint: 'what ran goes on',
    next: 'slipway status',
  });
}
