/** Erlang/OTP documentation, ssl, "Using TLS for Erlang Distribution": our side of it. */
import fs from 'node:fs/promises';
import tls from 'node:tls';
import { errnoOf, messageOf, SlipwayError } from '../kernel/index.ts';

/** Paths of files in PEM. */
export interface TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** The authorities that nodes' certificates must be signed by. */
  readonly ca: string;
}

/** What `tls.connect` takes of it. Read anew for each connection, so that renewed certificates count. */
export type Credentials = Pick<
  tls.ConnectionOptions,
  'secureContext' | 'rejectUnauthorized' | 'servername' | 'checkServerIdentity'
>;

/** Reads and checks the files. Throws `otp_tls`. */
export async function readCredentials(options: TlsOptions): Promise<Credentials> {
  const ca = await readPem(options.ca);
  const own = { cert: await readPem(options.cert), key: await readPem(options.key) };
  return {
    secureContext: contextOf({ ca, ...own, minVersion: 'TLSv1.2' }, options),
    // Said, because NODE_TLS_REJECT_UNAUTHORIZED=0 in our environment would switch it off otherwise.
    rejectUnauthorized: true,
    // Nodes are asked for by address: what `{server_name_indication, disable}` says on their side.
    servername: '',
    // Any certificate will do that the authority signed, whichever host it is for.
    checkServerIdentity: () => undefined,
  };
}

function contextOf(options: tls.SecureContextOptions, { cert, key, ca }: TlsOptions): tls.SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    throw new SlipwayError('otp_tls', {
      message: `the certificates for TLS cannot be used (${messageOf(error)}): ${cert}, ${key}, ${ca}`,
      hint: 'each must be PEM, and the key must be that of the certificate, without a passphrase',
      next: `openssl x509 -in ${cert} -noout -subject`,
      cause: error,
    });
  }
}

async function readPem(file: string): Promise<Buffer> {
  try {
    return await fs.readFile(file);
  } catch (error) {
    throw new SlipwayError('otp_tls', {
      message: `${file} cannot be read (${errnoOf(error) ?? messageOf(error)})`,
      hint: 'otp.tls names it; the agent must be allowed to read it',
      next: `ls -l ${file}`,
      cause: error,
    });
  }
}
