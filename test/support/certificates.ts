import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { SHORT_HOST } from './erlang-node.ts';
import { type Identity, signing } from './signing.ts';

const run = promisify(execFile);

export interface Certificates {
  readonly ca: string;
  /** Another authority of the same name, which signed `rogue` alone. */
  readonly rogueCa: string;
  /** The certificate of nodes and their clients; valid for localhost, this host's name and 127.0.0.1. */
  readonly node: Identity;
  /** The same as `node`, but signed by the rogue authority. */
  readonly rogue: Identity;
  /** The same as `node`, but lapsed yesterday. */
  readonly expired: Identity;
  /** The same as `node`, but for a host of another name. */
  readonly otherHost: Identity;
  /**
   * Writes an `inet_tls.conf` (`-ssl_dist_optfile`) and gives its path. `isMutual`: the node refuses clients that have no
   * certificate; without it OTP asks for one and lets them in all the same. `version`: of TLS, default `1.2`.
   */
  optionsFile(options: { isMutual: boolean; version?: '1.2' | '1.3'; identity?: Identity }): string;
}

/** Certificates for TLS distribution, made by openssl in `folder`. */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const ca = await authority(folder, 'ca');
  const rogueCa = await authority(folder, 'rogue-ca');
  const names = ['localhost', SHORT_HOST];
  const [node, rogue, expired, otherHost] = await Promise.all([
    leaf(folder, { name: 'node', ca, hosts: names, days: 30 }),
    leaf(folder, { name: 'rogue', ca: rogueCa, hosts: names, days: 30 }),
    leaf(folder, { name: 'expired', ca, hosts: names, days: -1 }),
    leaf(folder, { name: 'other-host', ca, hosts: ['elsewhere.example'], days: 30 }),
  ]);
  let written = 0;
  return {
    ca: ca.cert,
    rogueCa: rogueCa.cert,
    node,
    rogue,
    expired,
    otherHost,
    optionsFile(options) {
      const file = path.join(folder, `inet_tls.${++written}.conf`);
      fs.writeFileSync(file, inetTlsConf({ ca: ca.cert, identity: node, version: '1.2', ...options }));
      return file;
    },
  };
}

function inetTlsConf(options: {
  ca: string;
  identity: Identity;
  isMutual: boolean;
  version: '1.2' | '1.3';
}): string {
  const { ca, identity, isMutual, version } = options;
  const common = [
    `{certfile, "${identity.cert}"}`,
    `{keyfile, "${identity.key}"}`,
    `{cacertfile, "${ca}"}`,
    '{verify, verify_peer}',
    // Belongs to TLS 1.2, and OTP refuses it beside 1.3.
    ...(version === '1.2' ? ['{secure_renegotiate, true}'] : ["{versions, ['tlsv1.3']}"]),
  ];
  const server = [...common, ...(isMutual ? ['{fail_if_no_peer_cert, true}'] : [])];
  const client = [...common, '{server_name_indication, disable}'];
  return `[{server, [${server.join(', ')}]},\n {client, [${client.join(', ')}]}].\n`;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-sha256'];

function paths(folder: string, name: string): Identity {
  return { cert: path.join(folder, `${name}.crt`), key: path.join(folder, `${name}.key`) };
}

async function authority(folder: string, name: string): Promise<Identity> {
  const { cert, key } = paths(folder, name);
  const extensions = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign,cRLSign'];
  await run('openssl', [
    ...['req', '-x509', ...NEW_KEY, '-days', '30', '-subj', '/CN=Distribution test authority'],
    ...extensions.flatMap((extension) => ['-addext', extension]),
    ...['-keyout', key, '-out', cert],
  ]);
  return { cert, key };
}

async function leaf(
  folder: string,
  options: { name: string; ca: Identity; hosts: readonly string[]; days: number },
): Promise<Identity> {
  const { name, ca, hosts, days } = options;
  const { cert, key } = paths(folder, name);
  const [request, extensions] = [`${cert}.csr`, `${cert}.ext`];
  fs.writeFileSync(
    extensions,
    `basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth,clientAuth
subjectAltName = ${hosts.map((host) => `DNS:${host}`).join(',')},IP:127.0.0.1
`,
  );
  await run('openssl', ['req', '-new', ...NEW_KEY, '-subj', `/CN=${name}`, '-keyout', key, '-out', request]);
  await run('openssl', signing({ ca, request, extensions, days, out: cert }));
  return { cert, key };
}
