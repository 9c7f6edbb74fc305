/** What the agent of this host tells of itself and its apps, as far as the doctor looks at it. */
export interface RunningAgent {
  version: string;
  pid: number;
  instances: readonly RunningInstance[];
  /** Why its journal cannot be used. */
  journal?: Damage | null | undefined;
  /** What its apps' releases come from. */
  sources?: readonly RunningSource[] | undefined;
  /** Its apps: of a site, what `current` leads to where that is not the live release. */
  sites?: readonly RunningSite[] | undefined;
  /** Logs that go elsewhere, too. */
  forwards?: readonly RunningForward[] | undefined;
  /** What is not guaranteed, in sentences. */
  warnings?: readonly string[] | undefined;
  /** Of the proxy. */
  certificates?: readonly RunningCertificate[] | undefined;
  /** Secrets that cannot be read now. */
  secrets?: readonly FailingSecret[] | undefined;
}

export interface RunningCertificate {
  source: 'file' | 'acme';
  /** Names that one is to be ordered for. */
  missing: readonly string[];
  failure: { reason: string } | null;
}

export interface RunningForward {
  app: string;
  target: string;
  /** Why nothing arrives. */
  reason: string | null;
  behind_bytes: number;
  lost_bytes: number;
}

export interface Damage {
  reason: string;
  /** The command that mends it. */
  next: string | null;
}

export interface FailingSecret {
  reason: string;
  apps: readonly string[];
  /** Null: the apps wait for it. */
  known_since: string | null;
  next: string | null;
}

export interface RunningSource {
  app: string;
  state: 'ok' | 'waiting' | 'error';
  /** In one line, with the mend. */
  reason: string | null;
}

export interface RunningSite {
  app: string;
  state: string;
  stray?: { reason: string; next: string } | null | undefined;
}

export interface RunningInstance {
  instance: string;
  pid: number | null;
  port: number | null;
}
