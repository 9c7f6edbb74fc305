import fs from 'node:fs';
import path from 'node:path';
import {
  belongsTo,
  certificatesFolder,
  expiryOf,
  identityFolders,
  identityPaths,
  readCertificate,
  readText,
} from '../certs/index.ts';
import type { AppConfiguration, Configuration } from '../config/index.ts';
import { errnoOf, messageOf } from '../kernel/index.ts';
import { findAccount } from '../supervisor/index.ts';
import { type Check, fail, ok, warn } from './check.ts';

const NAME = 'certificates';
const SOON_DAYS = 30;
const MAKE = 'slipway certs make';
const RENEW = 'slipway certs make --renew';

interface Files {
  certificates: Set<string>;
  /** Files that nobody but their owner may read. */
  privates: Set<string>;
  pairs: { certificate: string; key: string }[];
}

/**
 * That the certificates of Erlang nodes, in the data folder and those that the configuration names, are there, in force
 * for a while, and private. Nothing where there are none.
 */
export async function checkCertificates({ dataDirectory, apps }: Configuration): Promise<Check[]> {
  const folder = certificatesFolder(dataDirectory);
  const files = filesOf(folder, apps);
  if (files.certificates.size === 0) return [];
  const mends = { make: MAKE, renew: RENEW };
  const found = [
    ...[...files.certificates].flatMap((file) => checkExpiry(file, isIn(folder, file) ? mends : null)),
    ...[...files.privates].flatMap(checkMode),
    ...files.pairs.flatMap((pair) => checkPair(pair, isIn(folder, pair.key) ? RENEW : null)),
    ...(await Promise.all(apps.map((app) => checkUser(app, folder)))).flat(),
  ];
  return found.length > 0 ? found : [ok(NAME, describeAll([...files.certificates]))];
}

function filesOf(folder: string, apps: readonly AppConfiguration[]): Files {
  const files: Files = { certificates: new Set(), privates: new Set(), pairs: [] };
  const add = ({ certificate, key, authority }: { certificate: string; key: string; authority: string }) => {
    for (const file of [authority, certificate]) files.certificates.add(file);
    files.privates.add(key);
    if (files.pairs.every((pair) => pair.key !== key)) files.pairs.push({ certificate, key });
  };
  const made = [folder, ...identityFolders(folder).map((each) => each.folder)].map(identityPaths);
  for (const paths of made.filter(({ certificate }) => fs.existsSync(certificate))) {
    add(paths);
    files.privates.add(paths.options);
  }
  if (fs.existsSync(path.join(folder, 'ca.key'))) files.privates.add(path.join(folder, 'ca.key'));
  for (const app of apps) {
    const tls = app.kind === 'service' ? app.otp.tls : null;
    if (tls) add({ certificate: tls.cert, key: tls.key, authority: tls.ca });
  }
  return files;
}

function checkExpiry(file: string, mends: { make: string; renew: string } | null): Check[] {
  try {
    const certificate = readCertificate(file);
    if (certificate === null)
      return [fail(NAME, `${file} is not there, or is no certificate`, mends?.make ?? null)];
    const { expiresAt, daysLeft } = expiryOf(certificate);
    const at = expiresAt.toISOString().slice(0, 10);
    if (daysLeft < 0) return [fail(NAME, `${file} ended on ${at}: nodes refuse it`, mends?.make ?? null)];
    return daysLeft < SOON_DAYS
      ? [warn(NAME, `${file} ends on ${at}, in ${daysLeft} days`, mends?.renew ?? null)]
      : [];
  } catch (error) {
    return [warn(NAME, messageOf(error), null)];
  }
}

function checkMode(file: string): Check[] {
  try {
    const mode = fs.statSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) return [];
    const message = `others than its owner may use ${file} (mode ${mode.toString(8).padStart(4, '0')})`;
    return [fail(NAME, message, `chmod 0400 ${file}`)];
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return [fail(NAME, `${file} is not there`, MAKE)];
    return [warn(NAME, messageOf(error), null)];
  }
}

function checkPair({ certificate, key }: { certificate: string; key: string }, mend: string | null): Check[] {
  try {
    const found = readCertificate(certificate);
    const text = readText(key);
    // What is not there is told already.
    if (found === null || text === null || belongsTo(text, found)) return [];
    return [fail(NAME, `${key} is not the key of ${certificate}`, mend)];
  } catch {
    return []; // nor what may not be read
  }
}

/** An app that runs as another user cannot read what is the agent's. */
async function checkUser(app: AppConfiguration, folder: string): Promise<Check[]> {
  if (app.kind !== 'service' || app.user === null || !app.otp.tls || !isIn(folder, app.otp.tls.cert))
    return [];
  const account = await findAccount(app.user).catch(() => null);
  const { options } = identityPaths(path.join(folder, app.user));
  if (account === null || fs.existsSync(options)) return [];
  const message = `${app.id} runs as ${app.user}, who has no certificate in ${folder}`;
  return [warn(NAME, message, `${MAKE} --user ${app.user}`)];
}

function describeAll(files: string[]): string {
  const days = Math.min(
    ...files.map((file) => {
      const certificate = readCertificate(file);
      return certificate === null ? Number.POSITIVE_INFINITY : expiryOf(certificate).daysLeft;
    }),
  );
  return `in force; the first ends in ${days} days`;
}

function isIn(folder: string, file: string): boolean {
  return file.startsWith(`${folder}/`);
}
