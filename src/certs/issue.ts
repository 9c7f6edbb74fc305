import { generateKeyPairSync, randomBytes } from 'node:crypto';
import fs from 'node:fs';
import net from 'node:net';
import path from 'node:path';
import { openssl } from './openssl.ts';

const AUTHORITY_EXTENSIONS = [
  'basicConstraints = critical, CA:TRUE, pathlen:0',
  'keyUsage = critical, keyCertSign, cRLSign',
  'subjectKeyIdentifier = hash',
];
/** A node is a server to those who connect to it, and a client to those that it connects to. */
const NODE_EXTENSIONS = [
  'basicConstraints = critical, CA:FALSE',
  'keyUsage = critical, digitalSignature',
  'extendedKeyUsage = serverAuth, clientAuth',
  'subjectKeyIdentifier = hash',
  'authorityKeyIdentifier = keyid',
];

/** A new private key, PEM: P-256, which every OTP since 20 takes, and whose handshakes are cheap. */
export function newKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
}

/** A certificate (PEM) of a CA for its key. `name`: its common name. */
export async function issueAuthority(options: {
  staging: string;
  name: string;
  key: string;
  days: number;
}): Promise<string> {
  const { staging, name, key, days } = options;
  const paths = stage(staging, { key, extensions: AUTHORITY_EXTENSIONS });
  await openssl([
    ...['req', '-x509', '-new', '-sha256', '-key', paths.key, '-config', paths.settings],
    ...['-extensions', 'extensions', '-subj', `/CN=${name}`, '-set_serial', serial()],
    ...['-days', String(days), '-out', paths.out],
  ]);
  return fs.readFileSync(paths.out, 'utf8');
}

/** A certificate (PEM) of a node for its key, signed by the CA. `hosts`: DNS names and IP addresses of the host. */
export async function issueNode(options: {
  staging: string;
  name: string;
  key: string;
  days: number;
  hosts: readonly string[];
  authority: { certificate: string; key: string };
}): Promise<string> {
  const { staging, name, key, days, hosts, authority } = options;
  const names = hosts.flatMap(alternativeNames);
  const extensions = [...NODE_EXTENSIONS, `subjectAltName = ${names.join(', ')}`];
  const paths = stage(staging, { key, extensions });
  const request = path.join(staging, 'request');
  const [caCertificate, caKey] = [path.join(staging, 'ca.crt'), path.join(staging, 'ca.key')];
  write(caCertificate, authority.certificate);
  write(caKey, authority.key);
  await openssl([
    ...['req', '-new', '-sha256', '-key', paths.key, '-config', paths.settings],
    ...['-subj', `/CN=${name}`, '-out', request],
  ]);
  await openssl([
    ...['x509', '-req', '-sha256', '-in', request, '-CA', caCertificate, '-CAkey', caKey],
    ...['-set_serial', serial(), '-days', String(days)],
    ...['-extfile', paths.settings, '-extensions', 'extensions', '-out', paths.out],
  ]);
  return fs.readFileSync(paths.out, 'utf8');
}

/** OTP looks for the host of `name@10.0.0.5` among the DNS names, too: it takes it for a name. */
function alternativeNames(host: string): string[] {
  const version = net.isIP(host);
  if (version === 0) return [`DNS:${host}`];
  return version === 4 ? [`IP:${host}`, `DNS:${host}`] : [`IP:${host}`];
}

function stage(staging: string, given: { key: string; extensions: readonly string[] }) {
  const [key, settings, out] = ['key', 'settings', 'out'].map((name) => path.join(staging, name)) as [
    string,
    string,
    string,
  ];
  write(key, given.key);
  write(
    settings,
    ['[req]', 'distinguished_name = name', '[name]', '[extensions]', ...given.extensions, ''].join('\n'),
  );
  return { key, settings, out };
}

function write(file: string, text: string): void {
  fs.writeFileSync(file, text, { mode: 0o600 });
}

/** 127 random bits: positive, and never given twice. */
function serial(): string {
  const bytes = randomBytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return `0x${bytes.toString('hex')}`;
}
