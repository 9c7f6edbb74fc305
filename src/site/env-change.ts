import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { checkNames, type VariableChange } from '../app/index.ts';
import {
  closing,
  errnoOf,
  formatSize,
  isSecretName,
  registerSecret,
  removeFileDurable,
  SlipwayError,
  writeFileDurable,
} from '../kernel/index.ts';
import type { Owner } from '../release/index.ts';
import type { SiteContext } from './context.ts';
import { changeDotenv, parseDotenv } from './dotenv.ts';
import { ownerOfMade } from './owner.ts';

const MAX_BYTES = 1024 * 1024;
const MODE = 0o640;

/**
 * The .env of a site: `<root>/.env` is the truth. A change is prepared first, as a file of its own that a deployment
 * names, and put into its place by that deployment: whatever kills the agent, the .env is the old one or the new one.
 */
export class EnvChange {
  private readonly context: SiteContext;

  constructor(context: SiteContext) {
    this.context = context;
  }

  /** The variables in the order of the file. @throws as `content` */
  list(): { name: string; value: string }[] {
    return Object.entries(variablesOf(this.text())).map(([name, value]) => ({ name, value }));
  }

  /**
   * `<root>/.env` as it is; null where there is none.
   * @throws SlipwayError `env_refused` where it is no regular file, or is larger than 1 MB
   */
  content(): Buffer | null {
    return readMasked(this.context.layout.env);
  }

  /**
   * Writes what the .env would be with the change, durably, and returns the path for the deployment; null where the .env
   * is like that already. It is made from the .env of this moment: not to be called while a deployment holds the app.
   * @throws SlipwayError `secret_invalid`, `env_refused`; nothing was changed then
   */
  prepare(change: VariableChange): string | null {
    checkNames(change);
    const before = this.text();
    const after = changeDotenv(before, change);
    variablesOf(after);
    if (after === before) return null;
    const bytes = Buffer.byteLength(after);
    if (bytes > MAX_BYTES) throw tooLarge(this.context.layout.env, bytes, 'would be');
    fs.mkdirSync(this.folder, { recursive: true, mode: 0o700 });
    const file = path.join(this.folder, randomBytes(12).toString('hex'));
    writeFileDurable(file, after);
    return file;
  }

  /** What was prepared; null where it was placed before. */
  prepared(file: string): Buffer | null {
    if (path.dirname(file) !== this.folder) throw new Error(`${file} is not in ${this.folder}`);
    return readMasked(file);
  }

  /** Makes it the .env of the site. May be done again: where the file is gone, it was placed before. */
  async place(file: string): Promise<void> {
    const content = this.prepared(file);
    if (content === null) return;
    const { configuration, layout } = this.context;
    const kept = configuration.owner === null ? this.present() : null;
    writeFileDurable(layout.env, content, {
      mode: kept?.mode ?? MODE,
      owner: kept?.owner ?? (await ownerOfMade(this.context)),
    });
    removeFileDurable(file);
  }

  /**
   * The owner of its copies in releases: whose `<root>/.env` is; if that is the agent's, whose what else is made is.
   */
  async ownerOfCopies(): Promise<Owner | null> {
    const owner = this.context.configuration.owner === null ? this.present()?.owner : null;
    const isAgents = owner?.uid === process.getuid?.() && owner?.gid === process.getgid?.();
    return owner && !isAgents ? owner : await ownerOfMade(this.context);
  }

  /** It is not to be placed. */
  drop(file: string): void {
    removeFileDurable(file);
  }

  /** Takes away what no deployment names that may still place it. */
  sweep(): void {
    const { journal, key } = this.context;
    const uploads = journal.tables.openDeployments(key).map(({ offer }) => offer.upload ?? '');
    const needed = new Set(uploads.map((file) => path.basename(file)));
    for (const name of namesIn(this.folder))
      if (!needed.has(name)) fs.rmSync(path.join(this.folder, name), { force: true });
  }

  /** Mode and owner of the one that is there; only root may make files that belong to others. */
  private present(): { mode: number; owner: Owner | null } | null {
    const stat = fs.lstatSync(this.context.layout.env, { throwIfNoEntry: false });
    if (!stat?.isFile()) return null;
    const { uid, gid, mode } = stat;
    return { mode: mode & 0o777, owner: process.getuid?.() === 0 ? { uid, gid } : null };
  }

  private get folder(): string {
    return path.join(this.context.dataDirectory, 'env', this.context.id);
  }

  private text(): string {
    return this.content()?.toString('utf8') ?? '';
  }
}

/** What is secret by its name is masked from here on. */
function variablesOf(text: string): Record<string, string> {
  const variables = parseDotenv(text);
  for (const [name, value] of Object.entries(variables)) if (isSecretName(name)) registerSecret(value);
  return variables;
}

/** Hooks may print what is in it. */
function readMasked(file: string): Buffer | null {
  const content = readRegular(file);
  if (content) variablesOf(content.toString('utf8'));
  return content;
}

function readRegular(file: string): Buffer | null {
  const { O_RDONLY, O_NOFOLLOW, O_NONBLOCK } = fs.constants;
  let fd: number;
  try {
    fd = fs.openSync(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return null;
    throw notRegular(
      file,
      errnoOf(error) === 'ELOOP' ? 'a symbolic link' : (errnoOf(error) ?? 'not readable'),
    );
  }
  using _ = closing(fd);
  const stat = fs.fstatSync(fd);
  if (!stat.isFile()) throw notRegular(file, 'no file');
  if (stat.size > MAX_BYTES) throw tooLarge(file, stat.size, 'is');
  return fs.readFileSync(fd);
}

function notRegular(file: string, what: string): SlipwayError {
  return new SlipwayError('env_refused', {
    message: `${file} is to be a regular file, and is ${what}`,
    hint: 'it was not read, and nothing was changed',
    next: `ls -l ${file}`,
  });
}

function tooLarge(file: string, bytes: number, verb: string): SlipwayError {
  return new SlipwayError('env_refused', {
    message: `${file} ${verb} too large: ${formatSize(bytes)}, and at most ${formatSize(MAX_BYTES)} are read`,
    hint: 'nothing was changed',
  });
}

function namesIn(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [];
    throw error;
  }
}
