import fs from 'node:fs';
import path from 'node:path';
import { Access } from '../access/index.ts';
import { type GroupSettings, type RunningApi, serveApi } from '../api/index.ts';
import { finishRestore, finishRestoreOf } from '../backup/index.ts';
import { type Configuration, placeOfConfiguration, readConfiguration } from '../config/index.ts';
import { Forwards, forwardWarnings } from '../forward/index.ts';
import { Journal, lockDataDirectory } from '../journal/index.ts';
import {
  type Clock,
  formatDuration,
  messageOf,
  onUnawaitedFailure,
  refuseStrangers,
  SlipwayError,
  systemClock,
  watchTrouble,
} from '../kernel/index.ts';
import { RotationSchedule, Runs } from '../supervisor/index.ts';
import { relyingPartyOf } from './address.ts';
import { AgentLog } from './agent-log.ts';
import { Apps } from './apps.ts';
import { EventLog } from './events/index.ts';
import { forwardedOwn } from './forwarded.ts';
import { groupOf } from './group.ts';
import { HistoryBound } from './history/index.ts';
import { createHost } from './host/index.ts';
import { InForce } from './in-force.ts';
import { problemText, reasonOf, Secrets } from './secrets/index.ts';
import { Terminals } from './terminal/index.ts';
import { cannotChange, damageText, warningsOf } from './warnings.ts';

export interface AgentOptions {
  /** The file that `--config` names. */
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  version: string;
  clock?: Clock;
  /** Gets the journal before anything is written to it. */
  onJournal?: (journal: Journal) => void;
  /** Called before each step of an upgrade in place, with its name. */
  onHotStep?: (step: string) => void;
}

const AGENT_LOG_LIMITS = { maxSizeBytes: 16 * 1024 * 1024, keep: 3 };

/**
 * The agent of this host, put together: the only place that knows all parts. Made by `Agent.start`; ended by `leave`
 * (apps go on) or by `end` (they end too).
 */
export class Agent {
  readonly configuration: Configuration;
  private readonly lock: { release(): void };
  private readonly log: AgentLog;
  private readonly events: EventLog;
  private readonly journal: Journal;
  private readonly forgetTroubles: (() => void)[];
  private readonly runs: Runs;
  private readonly rotation: RotationSchedule;
  private readonly forwards: Forwards;
  private readonly access: Access;
  private readonly historyBound: HistoryBound;
  private readonly apps: Apps;
  private readonly secrets: Secrets;
  private readonly inForce: InForce;
  /** Resolves when somebody asked through the API that agent and apps end. */
  readonly askedToEnd: Promise<void>;
  private askToEnd: () => void = () => undefined;
  private api: RunningApi | null = null;

  private constructor(options: AgentOptions) {
    const { configFile, env, clock = systemClock } = options;
    this.askedToEnd = new Promise((resolve) => {
      this.askToEnd = resolve;
    });
    // A restore that was begun is gone on with before anything is read of what it puts back.
    finishRestoreOf(placeOfConfiguration({ file: configFile, env }));
    let written = readConfiguration({ file: configFile, env });
    const { dataDirectory } = written.complete(() => null);
    this.lock = lockDataDirectory(dataDirectory);
    // One that leaves this configuration as it is.
    if (finishRestore(dataDirectory)) written = readConfiguration({ file: configFile, env });
    const unread = written.complete(() => null);
    if (unread.dataDirectory !== dataDirectory) throw movedData(unread, dataDirectory);
    const { logsDirectory } = unread;
    refuseStrangers(logsDirectory);
    this.log = new AgentLog(logsDirectory, clock);
    this.journal = Journal.openOrStandIn(dataDirectory, clock);
    options.onJournal?.(this.journal);
    this.events = new EventLog({ journal: this.journal, clock });
    this.journal.troubled.on((why) =>
      this.say(
        null,
        'journal',
        why === null
          ? 'the journal can be written again'
          : `the journal cannot be written: ${why}; apps go on, records wait`,
      ),
    );
    this.forgetTroubles = [
      watchTrouble.on((why) => this.say(null, 'watch', why ?? 'folders can be watched again')),
      onUnawaitedFailure((message) => this.say(null, 'agent.fault', message)),
    ];
    this.runs = new Runs(path.join(dataDirectory, 'run'), clock);
    this.rotation = new RotationSchedule({
      clock,
      onProblem: ({ file, message }) => this.say(null, 'log.rotation', `${file}: ${message}`),
    });
    this.rotation.add(this.log.file, AGENT_LOG_LIMITS);
    this.forwards = new Forwards({
      ...{ dataDirectory, clock },
      contain: (name) => this.runs.tools(name),
      say: (app, message) => this.say(app, 'log.forward', message),
    });
    this.secrets = new Secrets({ journal: this.journal, clock, dataDirectory, env });
    // With what they were known to be last: nothing waits for a store to be started again.
    this.configuration = this.secrets.complete(written);
    this.access = new Access({
      journal: this.journal,
      clock,
      dataDirectory,
      env,
      relyingParty: () => relyingPartyOf(this.apps.inForce),
      log: (message) => this.say(null, 'access', message),
    });
    this.apps = new Apps(this.configuration, {
      journal: this.journal,
      runs: this.runs,
      rotation: this.rotation,
      forwards: this.forwards,
      clock,
      agentEnvironment: env,
      onHotStep: options.onHotStep,
      log: (event) => {
        this.log.write(event.message);
        this.events.add(event);
      },
      tell: (event) => this.events.add(event),
      whyWaiting: (id) => reasonOf(id, this.secrets.failing),
    });
    this.inForce = new InForce(written, {
      ...{ configFile, env, clock, apps: this.apps, access: this.access, secrets: this.secrets },
      say: (type, message) => this.say(null, type, message),
      configureApi: async (next, group) => {
        this.forwards.set(forwardedOwn(next, this.log.file));
        await this.api?.configureGroup(group);
        return this.api?.configure(doorOf(next)) ?? [];
      },
      lateKeys: (next) => this.api?.lateKeys(doorOf(next)) ?? [],
    });
    this.historyBound = new HistoryBound({
      ...{ journal: this.journal, clock },
      bounds: () => this.apps.inForce.history,
      tell: (message) => this.say(null, 'journal', message),
    });
  }

  /**
   * Starts everything: adopts what runs, finishes what an earlier agent was in, serves the API.
   * @throws SlipwayError `config_invalid`, `config_missing`, `agent_running`
   */
  static async start(options: AgentOptions): Promise<Agent> {
    const { clock = systemClock } = options;
    const began = clock.monotonicMs();
    const agent = new Agent(options);
    agent.runs.containment.told.on((message) => agent.say(null, 'runs', message));
    await agent.runs.contain();
    for (const warning of agent.warnings()) agent.say(null, 'runs', warning);
    agent.forwards.set(forwardedOwn(agent.configuration, agent.log.file));
    await agent.apps.start();
    agent.inForce.readSecrets();
    agent.historyBound.start();
    const { dataDirectory, listen } = agent.configuration;
    const host = createHost({
      access: agent.access,
      apps: agent.apps,
      journal: agent.journal,
      clock,
      events: agent.events,
      agentLog: agent.log,
      warnings: () => agent.warnings(),
      forwards: () => agent.forwards.states(),
      version: options.version,
      configFile: options.configFile,
      env: options.env,
      terminals: new Terminals({
        access: agent.access,
        apps: agent.apps,
        clock,
        runs: agent.runs,
        env: options.env,
        log: ({ app, type, message }) => agent.say(app, type, message),
      }),
      inForce: agent.inForce,
      secrets: agent.secrets,
      endApps: async (actor) => {
        agent.say(null, 'agent.ends', `${actor} ends the agent with all its apps`);
        await agent.apps.stopAll();
        // It ends in a turn of its own, so that whoever asked gets the answer.
        setImmediate(() => agent.askToEnd());
      },
    });
    agent.api = await serveApi({
      backend: host,
      access: agent.access,
      socketPath: path.join(dataDirectory, 'slipway.sock'),
      listen,
      door: doorOf(agent.configuration),
      group: await agent.group(),
      clock,
      version: options.version,
      report: (message) => agent.say(null, 'api', message),
    });
    agent.say(
      null,
      'agent.started',
      `agent ${options.version} (pid ${process.pid}) is up after ${formatDuration(clock.monotonicMs() - began)}; data in ${dataDirectory}`,
    );
    return agent;
  }

  /** A bad file changes nothing. */
  async applyConfiguration(): Promise<string[]> {
    const refusal = cannotChange(this.journal);
    if (refusal !== null) throw refusal;
    return await this.inForce.apply();
  }

  reload(): void {
    this.applyConfiguration().catch((error: unknown) =>
      this.say(
        null,
        'config.refused',
        `the configuration was not applied, what ran goes on: ${messageOf(error)}`,
      ),
    );
  }

  /** Ends the agent; its apps go on. */
  async leave(): Promise<void> {
    this.say(null, 'agent.leaves', 'the agent ends; its apps go on');
    this.inForce.detach();
    this.apps.detach();
    await this.close({ finish: false });
  }

  /** Ends the apps, then the agent. */
  async end(): Promise<void> {
    this.say(null, 'agent.ends', 'the agent ends with all its apps');
    this.inForce.detach();
    await this.apps.stopAll();
    await this.close({ finish: true });
  }

  /** `finish`: the apps have ended, too. */
  private async close({ finish }: { finish: boolean }): Promise<void> {
    this.historyBound.stop();
    await this.api?.close();
    await this.forwards.close({ finish });
    await this.rotation.stop();
    this.runs.close();
    for (const forget of this.forgetTroubles) forget();
    this.events.flush();
    this.journal.close();
    this.log.flush();
    fs.rmSync(path.join(this.configuration.dataDirectory, 'agent.pid'), { force: true });
    this.lock.release();
  }

  /** A group that is not there keeps no app from being started. */
  private async group(): Promise<GroupSettings | null> {
    try {
      return await groupOf(this.configuration);
    } catch (error) {
      const next = error instanceof SlipwayError && error.next !== null ? `; next: ${error.next}` : '';
      this.say(null, 'api', `no group has a socket: ${messageOf(error)}${next}`);
      return null;
    }
  }

  private warnings(): string[] {
    return [
      ...damageText(this.journal),
      ...warningsOf(this.runs, this.apps.inForce.apps),
      ...this.apps.front.warnings,
      ...this.secrets.failing.map((problem) => `secrets: ${problemText(problem)}`),
      ...this.forwards.states().flatMap(forwardWarnings),
    ];
  }

  private say(app: string | null, type: string, message: string): void {
    this.log.write(message);
    this.events.add({ app, type, message });
  }
}

function movedData({ dataDirectory, file }: Configuration, former: string): SlipwayError {
  return new SlipwayError('config_invalid', {
    message: `${file} was put back from a backup, and names ${dataDirectory} as the data folder and not ${former}`,
    hint: 'start the agent again',
    next: 'slipway agent',
  });
}

function doorOf({ public: address, tls, behindProxy }: Configuration) {
  return { public: address, tls, behindProxy };
}
