import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, SlipwayError } from '../kernel/index.ts';
import { type Account, findAccount } from '../supervisor/index.ts';
import { type Authority, issueLastingAuthority, lasts, placeAuthority, readAuthority } from './authority.ts';
import { hostsOf, readCertificate } from './certificate.ts';
import { namesOfThisHost, ownHosts } from './hosts.ts';
import {
  goodCertificate,
  type Identity,
  issueCertificate,
  type NodeCertificate,
  placeIdentity,
} from './identity.ts';
import { certificatesFolder, identityFolders, identityPaths } from './paths.ts';
import { type Owner, placeFolder } from './place.ts';

/** How long a node's certificate lasts. */
export const DEFAULT_DAYS = 825;

const STAGING_PREFIX = '.making-';

export interface MakeOptions {
  dataDirectory: string;
  /** Names and addresses besides this host's own. */
  hosts: readonly string[];
  /** Users, besides the agent's own, that apps run as. */
  users: readonly string[];
  days: number;
  /** Makes the nodes' certificates again although they are good. */
  renew: boolean;
}

/** What there is now, and what of it was made. */
export interface MadeCertificates {
  folder: string;
  authority: Authority & { file: string; made: boolean };
  nodes: (Identity & { node: NodeCertificate; made: boolean })[];
}

/**
 * The CA of this host and the certificates of its nodes in `<data>/certs`. What is good is kept, what is missing, has ended or
 * is for other hosts is made; modes and owners are set right.
 * @throws SlipwayError `permission`, `path_refused`, `key_mismatch`, `tool_failed`; nothing was made then
 */
export async function makeCertificates(options: MakeOptions): Promise<MadeCertificates> {
  const folder = certificatesFolder(options.dataDirectory);
  try {
    const owner = ownerOfData(options.dataDirectory);
    const identities = await identitiesOf({ folder, owner, users: options.users });
    const hasOthers = identities.some(({ user }) => user !== null);
    // Others have to get through it to a folder of theirs; they see nothing in it.
    placeFolder(folder, { mode: hasOthers ? 0o711 : 0o700, owner });
    removeLeftovers(folder);
    const staging = fs.mkdtempSync(path.join(folder, STAGING_PREFIX));
    try {
      return await make({ ...options, folder, owner, identities, staging });
    } finally {
      fs.rmSync(staging, { recursive: true, force: true });
    }
  } catch (error) {
    throw errnoOf(error) === 'EACCES' || errnoOf(error) === 'EPERM' ? notAllowed(folder, error) : error;
  }
}

async function make(
  options: MakeOptions & { folder: string; owner: Owner; identities: Identity[]; staging: string },
): Promise<MadeCertificates> {
  const { folder, owner, identities, staging, days, renew } = options;
  const own = await ownHosts();
  const former = readAuthority(folder);
  const planned = identities.map((identity) => {
    // Hosts that were named once stay in it.
    const held = readCertificate(identity.paths.certificate);
    const hosts = [...new Set([...own, ...(held ? hostsOf(held) : []), ...options.hosts])];
    // The full name is not among them, which a resolver tells: one that fails for once is no reason for a new
    // certificate.
    const needed = [...namesOfThisHost(), ...options.hosts];
    const good = former && goodCertificate(identity, { authority: former, hosts: needed });
    return { identity, hosts, kept: renew ? null : good };
  });
  const neededDays = planned.some(({ kept }) => kept === null) ? days : 0;
  const isKept = former !== null && lasts(former, neededDays);
  const authority = isKept
    ? former
    : await issueLastingAuthority({ staging, former, host: own[0] ?? 'this host', days });
  const nodes: MadeCertificates['nodes'] = [];
  for (const { identity, hosts, kept } of planned) {
    const node = kept ?? (await issueCertificate(identity, { staging, authority, hosts, days }));
    nodes.push({ ...identity, node, made: kept === null });
  }
  // All of it is made; what is written from here on was asked for as a whole.
  placeAuthority(folder, authority, owner);
  for (const each of nodes) {
    if (each.user !== null) placeFolder(each.paths.folder, { mode: 0o711, owner });
    placeIdentity(each, { node: each.node, authority });
  }
  return {
    folder,
    authority: { ...authority, file: path.join(folder, 'ca.crt'), made: !isKept },
    nodes,
  };
}

/** Removes what one that was killed left: a copy of the CA's key is in it. */
function removeLeftovers(folder: string): void {
  for (const name of fs.readdirSync(folder))
    if (name.startsWith(STAGING_PREFIX)) fs.rmSync(path.join(folder, name), { recursive: true });
}

/** The agent's own identity, those of users that have one, and those asked for. */
async function identitiesOf(options: {
  folder: string;
  owner: Owner;
  users: readonly string[];
}): Promise<Identity[]> {
  const { folder, owner, users } = options;
  const identities: Identity[] = [{ user: null, owner, paths: identityPaths(folder) }];
  const known = identityFolders(folder).map(({ user }) => user);
  for (const user of new Set([...known, ...users])) {
    const account = await accountOf(user, { isAsked: users.includes(user) });
    // The agent's own user reads what is the agent's.
    if (account === null || account.uid === owner.uid) continue;
    const { uid, gid, name } = account;
    identities.push({ user: name, owner: { uid, gid }, paths: identityPaths(path.join(folder, name)) });
  }
  return identities;
}

/** The account of a user; null where it is whoever calls this, or is gone from the host and was not asked for. */
async function accountOf(user: string, { isAsked }: { isAsked: boolean }): Promise<Account | null> {
  try {
    return await findAccount(user);
  } catch (error) {
    if (process.getuid?.() !== 0)
      throw new SlipwayError('permission', {
        message: `only root can give files to "${user}"`,
        hint: 'nothing was changed',
        next: 'sudo slipway certs make',
        cause: error,
      });
    if (isAsked) throw error;
    return null;
  }
}

/** The agent's user: whoever has the data folder, whoever calls this. The agent makes the folder like this, too. */
function ownerOfData(dataDirectory: string): Owner {
  fs.mkdirSync(dataDirectory, { recursive: true, mode: 0o755 });
  const { uid, gid } = fs.statSync(dataDirectory);
  return { uid, gid };
}

function notAllowed(folder: string, error: unknown): SlipwayError {
  return new SlipwayError('permission', {
    message: `${(error as Error).message.replace(/^\w+: /, '')}`,
    hint: `certificates are made in ${folder} by root, or by the user that the agent runs as`,
    next: 'sudo slipway certs make',
    cause: error,
  });
}
