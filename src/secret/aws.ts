import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SlipwayError } from '../kernel/index.ts';
import { awsFailure } from './aws-failure.ts';
import type { Store, StoreOptions } from './store.ts';

const CONNECT_TIMEOUT_MS = 3000;
const ANSWER_TIMEOUT_MS = 8000;
const ATTEMPTS = 3;

/**
 * AWS Secrets Manager (API reference, "GetSecretValue"): the current version of each secret. Credentials and region as the
 * SDK's default chain finds them: environment, profile, the role of the machine or of the task.
 */
export async function awsStore(options: Extract<StoreOptions, { type: 'aws' }>): Promise<Store> {
  const { region, profile, endpoint, prefix } = options;
  const client = new SecretsManagerClient({
    ...(region !== null && { region }),
    ...(profile !== null && { profile }),
    ...(endpoint !== null && { endpoint }),
    maxAttempts: ATTEMPTS,
    requestHandler: { connectionTimeout: CONNECT_TIMEOUT_MS, requestTimeout: ANSWER_TIMEOUT_MS },
  });
  // It is looked for where it is needed; that there is none is told by the first read.
  const inForce = await client.config.region().catch(() => null);
  const address = `AWS Secrets Manager${inForce === null ? '' : ` in ${inForce}`}`;
  return {
    address,
    isLocal: false,
    async read(name, signal) {
      const id = name.startsWith('arn:') ? name : `${prefix}${name}`;
      try {
        const command = new GetSecretValueCommand({ SecretId: id });
        const { SecretString, SecretBinary } = await client.send(command, { abortSignal: signal });
        return SecretString ?? textOf(id, SecretBinary);
      } catch (error) {
        throw error instanceof SlipwayError ? error : awsFailure(error, { id, address, region: inForce });
      }
    },
  };
}

function textOf(id: string, bytes: Uint8Array | undefined): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new SlipwayError('secret_malformed', {
      message: `the secret ${id} is binary, and no UTF-8 text`,
      next: `aws secretsmanager put-secret-value --secret-id ${id} --secret-string file:///dev/stdin`,
    });
  }
}
