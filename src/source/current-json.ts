import { isVersion, VERSION_PATTERN } from '../kernel/index.ts';
import { jsonBreak } from './json-break.ts';

/** What `current.json` says, checked. */
export interface Publication {
  version: string;
  hash: string | null;
  sha256: string | null;
  commit: string | null;
  preCommands: string[];
}

export const CURRENT_JSON_MAX_BYTES = 1024 * 1024;
const HASH_MAX_LENGTH = 256;
const PRE_COMMANDS_MAX_COUNT = 100;
const PRE_COMMAND_MAX_LENGTH = 4096;

/** Either what it says, or in words why it cannot be used (without the path: the caller knows that). */
type ParsedCurrentJson = { publication: Publication } | { reason: string };

/** Reads `current.json` of DeployEx's layout: `version`, and optionally `hash` and `pre_commands`. Other keys are ignored. */
export function parseCurrentJson(bytes: Uint8Array): ParsedCurrentJson {
  try {
    const fields = objectOf(textOf(bytes));
    return {
      publication: {
        version: versionOf(fields.version),
        ...hashOf(fields.hash),
        preCommands: preCommandsOf(fields.pre_commands),
      },
    };
  } catch (error) {
    if (error instanceof Unusable) return { reason: error.message };
    throw error;
  }
}

class Unusable extends Error {}

function textOf(bytes: Uint8Array): string {
  if (bytes.length > CURRENT_JSON_MAX_BYTES)
    throw new Unusable(`is larger than ${CURRENT_JSON_MAX_BYTES} bytes`);
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new Unusable('is not UTF-8 text');
  }
}

function objectOf(text: string): Record<string, unknown> {
  if (text.trim() === '') throw new Unusable('is empty');
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Unusable(`is not JSON: ${jsonBreak(text, error as Error)}`);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Unusable(`holds ${shown(value)} in place of an object such as {"version": "1.0.0"}`);
  return value as Record<string, unknown>;
}

function versionOf(value: unknown): string {
  if (value === undefined || value === null) throw new Unusable('has no "version"');
  if (typeof value === 'number')
    throw new Unusable(`has the number ${value} as "version": write it in quotes, "${value}"`);
  if (typeof value !== 'string')
    throw new Unusable(`has ${shown(value)} as "version", which must be a string`);
  if (!isVersion(value))
    throw new Unusable(
      `has ${shown(value)} as "version", which is not of the form ${VERSION_PATTERN.source.slice(1, -1)}`,
    );
  return value;
}

function hashOf(value: unknown): Pick<Publication, 'hash' | 'sha256' | 'commit'> {
  if (value === undefined || value === null || value === '')
    return { hash: null, sha256: null, commit: null };
  if (typeof value !== 'string') throw new Unusable(`has ${shown(value)} as "hash", which must be a string`);
  // It is shown on terminals.
  if (value.length > HASH_MAX_LENGTH || /\p{Cc}/u.test(value))
    throw new Unusable(
      `has ${shown(value)} as "hash": at most ${HASH_MAX_LENGTH} characters, none of them a control character`,
    );
  if (!/^sha256:/i.test(value)) return { hash: value, sha256: null, commit: value };
  const digest = value.slice('sha256:'.length).toLowerCase();
  if (!/^[0-9a-f]{64}$/.test(digest))
    throw new Unusable(`has ${shown(value)} as "hash": after sha256: come 64 hexadecimal digits`);
  return { hash: value, sha256: digest, commit: null };
}

function preCommandsOf(value: unknown): string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value))
    throw new Unusable(`has ${shown(value)} as "pre_commands", which must be a list of strings`);
  if (value.length > PRE_COMMANDS_MAX_COUNT)
    throw new Unusable(`has ${value.length} "pre_commands", at most ${PRE_COMMANDS_MAX_COUNT} are allowed`);
  return value.map((command: unknown, index) => {
    const which = `"pre_commands" number ${index + 1}`;
    if (typeof command !== 'string')
      throw new Unusable(`has ${shown(command)} as ${which}, which must be a string`);
    if (command.trim() === '') throw new Unusable(`has an empty string as ${which}`);
    if (command.length > PRE_COMMAND_MAX_LENGTH || command.includes('\0'))
      throw new Unusable(`has ${which} with more than ${PRE_COMMAND_MAX_LENGTH} characters or a NUL`);
    return command;
  });
}

/** A value on one line, cut short. */
function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
