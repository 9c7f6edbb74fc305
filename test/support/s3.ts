import { execFile } from 'node:child_process';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { onTestFinished } from 'vitest';

const fixture = path.join(import.meta.dirname, '../fixtures/s3');
const run = promisify(execFile);

export interface S3Server {
  /** `http://127.0.0.1:<port>` */
  endpoint: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** The real S3 server (Ceph) of this test run. The first one who asks has it started, which takes 13 s; it ends with the run. */
export async function s3Server(): Promise<S3Server> {
  const { stdout } = await run(path.join(fixture, 'start'), [folder(), String(process.ppid)]);
  return JSON.parse(stdout) as S3Server;
}

/** Sets what the SDK's default chain looks for, until the test ends; nothing of the machine's own counts. */
export function useCredentials({ accessKeyId, secretAccessKey }: Omit<S3Server, 'endpoint'>): void {
  const former = { ...process.env };
  onTestFinished(() => {
    process.env = former;
  });
  process.env = { ...withoutAws(former), ...awsEnvironment({ accessKeyId, secretAccessKey }) };
}

export function awsEnvironment({ accessKeyId, secretAccessKey }: Omit<S3Server, 'endpoint'>) {
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/nonexistent',
    AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
  };
}

function withoutAws(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !name.startsWith('AWS_')));
}

/** Another gateway to the same objects, on that port, which the test may end by its pid. */
export async function s3Gateway(port: number): Promise<{ pid: number }> {
  const { stdout } = await run(path.join(fixture, 'gateway'), [folder(), String(port)]);
  const pid = Number(stdout);
  onTestFinished(() => {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // The test has ended it.
    }
  });
  return { pid };
}

/** Of the test run: its files are run by processes that it has started. */
function folder(): string {
  return path.join(os.tmpdir(), `slipway-s3-${process.ppid}`);
}
