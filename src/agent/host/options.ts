import type { Access } from '../../access/index.ts';
import type { ForwardState } from '../../forward/index.ts';
import type { Journal } from '../../journal/index.ts';
import type { Clock } from '../../kernel/index.ts';
import type { AgentLog } from '../agent-log.ts';
import type { Apps } from '../apps.ts';
import type { EventLog } from '../events/index.ts';
import type { InForce } from '../in-force.ts';
import type { Secrets } from '../secrets/index.ts';
import type { Terminals } from '../terminal/index.ts';

export interface HostOptions {
  access: Access;
  apps: Apps;
  journal: Journal;
  clock: Clock;
  events: EventLog;
  agentLog: AgentLog;
  /** What is not guaranteed on this host, in words. */
  warnings: () => string[];
  /** How far the logs are on their way elsewhere. */
  forwards: () => ForwardState[];
  version: string;
  /** What the agent was started with: the doctor reads its configuration anew. */
  configFile: string | null;
  env: NodeJS.ProcessEnv;
  terminals: Terminals;
  inForce: InForce;
  secrets: Secrets;
  /** Stops the apps; the agent ends by itself then. */
  endApps: (actor: string) => Promise<void>;
}
