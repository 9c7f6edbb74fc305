import fs from 'node:fs';
import path from 'node:path';
import { refuseOthers, SlipwayError } from '../kernel/index.ts';
import { check } from './check.ts';
import { complete as completed } from './complete.ts';
import type { Configuration, WrittenConfiguration } from './configuration.ts';
import { configurationFromVariables } from './deployex.ts';
import { readDocument } from './document.ts';
import { type ConfigurationSource, configurationFile, readText } from './file/index.ts';
import type { Finding } from './findings.ts';
import { ConfigurationError, issueOf } from './issues.ts';
import { pathKey, referencesIn, replaced } from './references.ts';
import { hasSecrets, registerSecrets } from './secrets.ts';

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
