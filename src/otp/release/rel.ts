// SASL Reference Manual, rel(4): which applications, in which versions, a release consists of.
import fs from 'node:fs';
import path from 'node:path';
import { elementsOf, itemsOf, tagged, words } from '../shape.ts';
import type { Term } from '../term/index.ts';
import { readTerm, readText, wrongFile } from './text-file.ts';

export interface Rel {
  /** The file that it was read from, without `.rel`, which is what systools wants. */
  stem: string;
  name: string;
  version: string;
  erts: string;
  applications: readonly { name: string; version: string }[];
}

/**
 * Reads the .rel file of the release in a directory: of the version given, or of the one that it boots.
 * @throws SlipwayError `term_malformed` where there is none, or it cannot be read
 */
export function readRel(root: string, version: string | null = null): Rel {
  const wanted = version ?? bootVersion(root);
  const directory = path.join(root, 'releases', wanted);
  for (const file of relFiles(directory)) {
    const term = readTerm(file);
    const rel = term === null ? null : parseRel(term, file.slice(0, -'.rel'.length));
    if (rel?.version === wanted) return rel;
  }
  throw wrongFile(directory, `it has no .rel file of version ${wanted}`);
}

/** `{release, {Name, Version}, {erts, Version}, [{Application, Version} | {Application, Version, ...}]}` */
export function parseRel(term: Term, stem: string): Rel | null {
  const [release, erts, applications] = tagged(term, 'release') ?? [];
  const [name, version] = elementsOf(release).map(words);
  const [ertsVersion] = (tagged(erts, 'erts') ?? []).map(words);
  if (!name || !version || !ertsVersion) return null;
  return {
    stem,
    name,
    version,
    erts: ertsVersion,
    applications: itemsOf(applications).map((application) => {
      const [applicationName, applicationVersion] = elementsOf(application);
      return { name: words(applicationName), version: words(applicationVersion) };
    }),
  };
}

/** The oldest release of OTP that Slipway is tried with. */
export const OLDEST_OTP = 25;
/** erts 13 came with OTP 25, and one follows the other. */
const OTP_LESS_ERTS = 12;

/** The release of OTP that comes with a version of erts. */
export function otpOf(erts: string): number {
  return Number.parseInt(erts, 10) + OTP_LESS_ERTS;
}

/** `<erts version> <release version>`, which mix and rebar3 both write. */
export function bootVersion(root: string): string {
  const file = path.join(root, 'releases/start_erl.data');
  const version = readText(file)?.trim().split(/\s+/)[1];
  if (version === undefined) throw wrongFile(file, 'it does not name a version');
  return version;
}

function relFiles(directory: string): string[] {
  const names = fs.existsSync(directory) ? fs.readdirSync(directory) : [];
  return names.filter((name) => name.endsWith('.rel')).map((name) => path.join(directory, name));
}
