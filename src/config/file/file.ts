import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, SlipwayError } from '../../kernel/index.ts';
import { ConfigurationError } from '../issues.ts';
import { hasDeployexVariables } from './variables.ts';

const DEFAULT_FILE = '/etc/slipway/slipway.yaml';
const FILE_SIZE_MAX_BYTES = 1024 * 1024;

export interface ConfigurationSource {
  /** The file that `--config` names; null: the default file where there is one, else the DEPLOYEX_* variables. */
  file: string | null;
  env: NodeJS.ProcessEnv;
  /** Default: /etc/slipway/slipway.yaml */
  defaultFile?: string;
}

/** Where the configuration is, or is to be put. */
export function placeOfConfiguration({ file, defaultFile = DEFAULT_FILE }: ConfigurationSource): string {
  return path.resolve(file ?? defaultFile);
}

/**
 * The file that is read; null: the variables are.
 * @throws SlipwayError `config_missing`
 */
export function configurationFile(source: ConfigurationSource): string | null {
  const file = source.file ?? defaultFileOf(source);
  if (file !== null || hasDeployexVariables(source.env)) return file;
  throw new SlipwayError('config_missing', {
    message: `there is no configuration: no ${source.defaultFile ?? DEFAULT_FILE}, and no DEPLOYEX_* variables`,
    hint: 'write that file, or name another one with --config',
    next: 'slipway config schema',
  });
}

export function defaultFileOf({ defaultFile = DEFAULT_FILE }: ConfigurationSource): string | null {
  return isThere(defaultFile) ? defaultFile : null;
}

/** A file that may not be looked at is there: to pass over it would run something else than what it says. */
function isThere(file: string): boolean {
  try {
    fs.statSync(file);
    return true;
  } catch (error) {
    return !['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '');
  }
}

export function readText(file: string): string {
  const bytes = readBytes(file);
  if (isUtf8(bytes)) return bytes.toString('utf8');
  const lines = bytes.toString('utf8').split('\uFFFD', 1)[0]?.split('\n') ?? [];
  throw wrongFile(file, 'is not UTF-8 text', { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 });
}

/** Reads no more than the limit, whatever kind of file it is. */
function readBytes(file: string): Buffer {
  let fd: number | null = null;
  try {
    fd = fs.openSync(file, 'r');
    const buffer = Buffer.alloc(FILE_SIZE_MAX_BYTES + 1);
    let length = 0;
    let read: number;
    do {
      read = fs.readSync(fd, buffer, length, buffer.length - length, null);
      length += read;
    } while (read > 0 && length < buffer.length);
    if (length > FILE_SIZE_MAX_BYTES) throw wrongFile(file, 'is larger than 1 MB', { line: 1, column: 1 });
    return buffer.subarray(0, length);
  } catch (error) {
    throw unreadable(file, error);
  } finally {
    if (fd !== null) fs.closeSync(fd);
  }
}

function unreadable(file: string, error: unknown): unknown {
  const errno = errnoOf(error);
  if (errno === 'ENOENT' || errno === 'ENOTDIR')
    return new SlipwayError('config_missing', {
      message: `there is no configuration file ${file}`,
      hint: 'name another one with --config',
      cause: error,
    });
  if (errno === 'EACCES' || errno === 'EPERM')
    return new SlipwayError('permission', {
      message: `the configuration file ${file} may not be read`,
      hint: 'run the command as root; with `socket` in that file the members of a group need not',
      cause: error,
    });
  if (errno === 'EISDIR') return wrongFile(file, 'is a directory', { line: 1, column: 1 });
  return error;
}

function wrongFile(
  file: string,
  message: string,
  place: { line: number; column: number },
): ConfigurationError {
  return new ConfigurationError([
    { file, ...place, path: '', message: `the file ${message}`, value: null, hint: null },
  ]);
}
