import { isUtf8 } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, refuseOthers, SlipwayError } from '../kernel/index.ts';
import { check } from './check.ts';
import { complete as completed } from './complete.ts';
import type { Configuration, WrittenConfiguration } from './configuration.ts';
import { DEFAULTS } from './defaults.ts';
import { configurationFromVariables, directoriesFromVariables, hasDeployexVariables } from './deployex.ts';
import { readDocument } from './document.ts';
import { type Finding, mappingOf } from './findings.ts';
import { ConfigurationError, issueOf } from './issues.ts';
import { pathKey, referencesIn, replaced } from './references.ts';
import { hasSecrets, registerSecrets } from './secrets.ts';

const DEFAULT_FILE = '/etc/slipway/slipway.yaml';
const FILE_SIZE_MAX_BYTES = 1024 * 1024;

export interface ConfigurationSource {
  /** The file that `--config` names; null: the default file where there is one, else the DEPLOYEX_* variables. */
  file: string | null;
  env: NodeJS.ProcessEnv;
  /** Default: /etc/slipway/slipway.yaml */
  defaultFile?: string;
}

/**
 * Reads and checks the configuration as a whole. Throws a ConfigurationError (`config_invalid`) that lists every error,
 * `config_missing` where there is neither file nor variable, `permission` where the file may not be read.
 */
export function readConfiguration(source: ConfigurationSource): WrittenConfiguration {
  // What the agent inherits it hands on to the apps, so it may turn up in their output.
  registerSecrets(source.env);
  const file = configurationFile(source);
  return file === null ? configurationFromVariables(source.env) : configurationFromFile(file);
}

/** The same without the values of secrets: apps that have some are among those that wait. */
export function loadConfiguration(source: ConfigurationSource): Configuration {
  return readConfiguration(source).complete(() => null);
}

const PLACEHOLDER = 'not-known-here';

/**
 * The same for whoever looks at what apps are and never runs them: a word stands for each secret. Apps in which a word does
 * not do, as in the place of a port, are among those that wait.
 */
export function outlineConfiguration(source: ConfigurationSource): Configuration {
  return readConfiguration(source).complete(() => PLACEHOLDER);
}

/** Where the configuration is, or is to be put. */
export function placeOfConfiguration({ file, defaultFile = DEFAULT_FILE }: ConfigurationSource): string {
  return path.resolve(file ?? defaultFile);
}

/** The data directory alone, read from a file that may have errors elsewhere: all that a verb needs to find the agent. */
export function loadDataDirectory(source: ConfigurationSource): string {
  const file = source.file ?? defaultFileOf(source);
  if (file === null)
    return hasDeployexVariables(source.env) ? directoriesFromVariables(source.env).data : DEFAULTS.data;
  const { data } = mappingOf(readDocument(readText(file)).value);
  return typeof data === 'string' && path.isAbsolute(data) ? path.resolve(data) : DEFAULTS.data;
}

function configurationFromFile(file: string): WrittenConfiguration {
  refuseOthersFile(file);
  const { complete, inTheClear } = writtenIn(readText(file), file);
  const exposed = isReadable(file) && hasSecrets(inTheClear) ? { isExposed: true as const } : {};
  return { complete: (lookup) => ({ ...complete(lookup), ...exposed }) };
}

/**
 * The configuration that a text would be in a file of that name, which is not looked at.
 * @throws ConfigurationError
 */
export function checkedConfiguration(text: string, file: string): Configuration {
  return writtenIn(text, file).complete(() => null);
}

/** `inTheClear`: what stands there itself, and not the name of a secret. */
function writtenIn(text: string, file: string): WrittenConfiguration & { inTheClear: unknown } {
  const document = readDocument(text);
  const { value: root } = document;
  const references = referencesIn(root);
  // Of a reference the name is no secret.
  const inTheClear = replaced(root, new Map(references.map(({ path }) => [pathKey(path), null])));
  registerSecrets(inTheClear);
  const problems = document.problems.map((problem) => ({ file, path: '', value: null, ...problem }));
  const refuse = (findings: readonly Finding[]) =>
    new ConfigurationError([
      ...problems,
      ...findings.map((finding) =>
        issueOf(finding, root, { file, ...document.locate(finding.path, finding.at) }),
      ),
    ]);
  if (problems.length > 0) throw refuse(document.sound ? (check(root).findings ?? []) : []);
  const draft = { file: path.resolve(file), root, references, writtenAt: document.writtenAt, refuse };
  const complete: WrittenConfiguration['complete'] = (lookup) => completed(draft, lookup);
  // What is wrong with it is told now, whatever its secrets are.
  complete(() => null);
  return { complete, inTheClear };
}

/** It says what root runs. */
function refuseOthersFile(file: string): void {
  try {
    // Nobody can put a device in its place but who may put a file there.
    if (!fs.statSync(file).isCharacterDevice()) refuseOthers(file);
  } catch (error) {
    // What cannot be looked at cannot be read either, which is told in words there.
    if (error instanceof SlipwayError) throw error;
  }
}

function isReadable(file: string): boolean {
  return (fs.statSync(file).mode & 0o004) !== 0;
}

function configurationFile(source: ConfigurationSource): string | null {
  const file = source.file ?? defaultFileOf(source);
  if (file !== null || hasDeployexVariables(source.env)) return file;
  throw new SlipwayError('config_missing', {
    message: `there is no configuration: no ${source.defaultFile ?? DEFAULT_FILE}, and no DEPLOYEX_* variables`,
    hint: 'write that file, or name another one with --config',
    next: 'slipway config schema',
  });
}

function defaultFileOf({ defaultFile = DEFAULT_FILE }: ConfigurationSource): string | null {
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

function readText(file: string): string {
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
