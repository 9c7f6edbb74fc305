/** Where secrets are kept outside of Slipway: read, never written. */
export interface Store {
  /** What it is called in a message: `AWS Secrets Manager (eu-west-1)`. */
  readonly address: string;
  /** It is on this host: reading it waits for nobody. */
  readonly isLocal: boolean;
  /**
   * The whole text of a secret as it is now.
   * @throws SlipwayError `secret_missing`, `secret_denied`, `secret_unreachable`, `secret_malformed`, each with what mends it
   */
  read(name: string, signal: AbortSignal): Promise<string>;
}

/** As the configuration has it (docs/secrets.md). */
export type StoreOptions =
  | {
      type: 'aws';
      /** Null: AWS_REGION, or that of the profile. */
      region: string | null;
      /** Null: as the SDK's default chain finds credentials. */
      profile: string | null;
      endpoint: string | null;
      prefix: string;
    }
  | {
      type: 'gcp';
      /** Null: that of the credentials, or of the machine. */
      project: string | null;
      endpoint: string | null;
      prefix: string;
    }
  | { type: 'file'; directory: string }
  | { type: 'systemd' }
  | { type: 'env'; prefix: string };
