import type { Clock, Owners } from '../../kernel/index.ts';
import type { Containment } from '../containment.ts';
import type { Address, Credentials } from './address.ts';
import {
  checkSshKey,
  credentialEnvironment,
  gitEnvironment,
  prepareCache,
  sshEnvironment,
} from './environment.ts';
import { explain } from './failure.ts';
import { uploadPack } from './local-repository.ts';
import { runGit } from './process.ts';
import { type Refs, RefsReader } from './refs.ts';

export interface Access {
  cacheDirectory: string;
  sshKey: string | null;
  knownHosts: string | null;
  credentials: Credentials | null;
  contain: (mirror: string) => Containment;
  /** Users whom a repository of this host may belong to, beside root and the agent's own. */
  owners: () => Promise<Owners>;
  clock: Clock;
}

interface CallOptions {
  signal: AbortSignal;
  input?: Uint8Array;
  take?: (chunk: Buffer) => void;
  environment?: NodeJS.ProcessEnv;
  /** The control group that it runs in; what it leaves behind when it is aborted is ended there. */
  containment?: Containment;
}

/** A server may count objects for long before it says a word. */
const REMOTE_SILENCE_MS = 300_000;
/** A list of refs comes at once or not at all. */
const LIST_SILENCE_MS = 30_000;
/** Writing a tree says nothing at all. */
const LOCAL_SILENCE_MS = 1_800_000;
const REMOTE_PROTOCOLS = 'http:https:ssh:git';

/** git, as one app may call it. */
export class Git {
  readonly access: Access;
  private prepared = false;

  constructor(access: Access) {
    this.access = access;
  }

  /** A command that reads and writes on this host alone. Errors: see `runGit`. */
  local(args: readonly string[], options: CallOptions): Promise<Buffer> {
    return this.run(args, { ...options, silenceMs: LOCAL_SILENCE_MS });
  }

  /** The refs of a repository. Errors: `repository_unreachable`, `permission`, `timeout`, `offer_invalid`. */
  async listRefs(address: Address, args: readonly string[], signal: AbortSignal): Promise<Refs> {
    const reader = new RefsReader(address);
    await this.remote(address, ['ls-remote', ...args, '--', address.url], {
      signal,
      silenceMs: LIST_SILENCE_MS,
      take: (chunk) => reader.push(chunk),
    });
    return reader.end();
  }

  /** A command that asks the repository. Errors: as `listRefs`, and `disk_full`. */
  async remote(
    address: Address,
    args: readonly string[],
    options: CallOptions & { silenceMs?: number },
  ): Promise<Buffer> {
    const { cacheDirectory, sshKey, knownHosts, credentials } = this.access;
    if (address.transport === 'ssh' && sshKey !== null) checkSshKey(sshKey);
    const theirs = address.credentials ?? credentials;
    const environment = {
      ...options.environment,
      ...sshEnvironment({ sshKey, knownHosts }),
      ...(theirs !== null && credentialEnvironment(cacheDirectory, theirs)),
      ...(address.transport !== 'local' && { GIT_ALLOW_PROTOCOL: REMOTE_PROTOCOLS }),
    };
    // A helper of the user's own would be asked first, and be told to store the token.
    const ours = theirs === null ? [] : ['-c', 'credential.helper=', '-c', 'credential.useHttpPath=false'];
    const silenceMs = options.silenceMs ?? REMOTE_SILENCE_MS;
    const call = address.transport === 'local' ? await this.localCall(address, args) : args;
    try {
      return await this.run([...ours, ...call], { ...options, environment, silenceMs });
    } catch (error) {
      throw explain(error, address, knownHosts);
    }
  }

  /** How a repository of this host is to be read: an option of the commands that ask one. */
  private async localCall(address: Address, args: readonly string[]): Promise<readonly string[]> {
    const asking = args.findIndex((word) => word === 'ls-remote' || word === 'fetch');
    // What git-lfs asks is not on this host: see `fetchLargeFiles`.
    if (args.includes('lfs') || asking === -1) return args;
    const { cacheDirectory, owners } = this.access;
    const command = await uploadPack(address, { cacheDirectory, owners: await owners() });
    return args.toSpliced(asking + 1, 0, `--upload-pack=${command}`);
  }

  private run(args: readonly string[], options: CallOptions & { silenceMs: number }): Promise<Buffer> {
    const { cacheDirectory, clock } = this.access;
    if (!this.prepared) prepareCache(cacheDirectory);
    this.prepared = true;
    const environment = { ...gitEnvironment(cacheDirectory), ...options.environment };
    return runGit({ ...options, args, clock, environment });
  }
}
