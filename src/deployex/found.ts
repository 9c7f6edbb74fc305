/** What DeployEx was told, whichever way: by the installer's JSON, by its YAML, or by variables. */
export interface DeployexConfiguration {
  /** What it was read from, in words for a comment: `deployex.yaml`. */
  from: string;
  /** Its cloud environment (`account_name`); null where none is named. */
  environment: string | null;
  /** Name by which people reach its pages. */
  host: string | null;
  scheme: 'http' | 'https';
  /** Port of its pages. */
  port: number;
  /** Null: nothing listened. */
  listens: boolean;
  release: { adapter: 's3' | 'gcp-storage' | 'local'; bucket: string | null; region: string | null };
  /** Where its secrets are kept; null: in its environment. */
  secrets: { adapter: 'aws' | 'gcp'; path: string } | null;
  /** Folder of `deployex.crt`, `deployex.key` and `ca.crt`; null where none is named. */
  tlsFolder: string | null;
  /** Its own folder: `service`, `storage`. */
  dataFolder: string;
  /** Where the output of its apps goes: `<app>/<app>-<i>-stdout.log`. */
  appLogFolder: string;
  /** Cookie of the distribution, where it was named. */
  cookie: string | null;
  apps: DeployexApp[];
  /** Every key that nothing is made of, with the reason. */
  leftOut: LeftOut[];
}

export interface DeployexApp {
  name: string;
  language: 'elixir' | 'erlang' | 'gleam';
  replicas: number;
  /** Instance i gets `port + i - 1`. */
  port: number | null;
  rollbackAfterMs: number;
  pollMs: number;
  env: [name: string, value: string][];
}

export interface LeftOut {
  /** As it stands there: `applications[0].monitoring`. */
  key: string;
  why: string;
}

/** The defaults of DeployEx itself, of whichever age. */
export const DEPLOYEX = {
  replicas: 3,
  rollbackAfterMs: 600_000,
  pollMs: 5000,
  pagesPort: 5001,
  appPort: 4000,
  dataFolder: '/var/lib/deployex',
} as const;
