import {
  DEFAULT_DAYS,
  expiryOf,
  hostsOf,
  isHost,
  type MadeCertificates,
  makeCertificates,
} from '../../certs/index.ts';
import { SlipwayError, systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { type CertificateReport, certificatesView } from '../view/index.ts';

interface Options {
  host?: string[];
  user?: string[];
  days?: number;
  renew?: boolean;
}

/** Made here, whether an agent runs or not. */
export async function make(session: Session, options: Options): Promise<void> {
  const { host = [], user = [], days = DEFAULT_DAYS, renew = false } = options;
  const wrong = host.find((each) => !isHost(each));
  if (wrong !== undefined)
    throw new SlipwayError('usage', {
      message: `"${wrong}" is no name or address of a host`,
      hint: 'such as app1.example.com or 10.0.0.5; nothing was made',
      next: 'slipway certs make --help',
    });
  const dataDirectory = await session.dataDirectory();
  const made = await makeCertificates({ dataDirectory, hosts: host, users: user, days, renew });
  const { output } = session;
  const report = reportOf(made);
  printData(output, report, () =>
    certificatesView(report, { colors: output.out.colors, now: systemClock.now() }),
  );
}

function reportOf({ folder, authority, nodes }: MadeCertificates): CertificateReport {
  return {
    folder,
    ca: {
      certificate: authority.file,
      made: authority.made,
      expires_at: expiryOf(authority.certificate).expiresAt.toISOString(),
    },
    nodes: nodes.map(({ user, paths, node, made }) => ({
      user,
      certificate: paths.certificate,
      key: paths.key,
      ca: paths.authority,
      inet_tls_conf: paths.options,
      hosts: hostsOf(node.certificate),
      made,
      expires_at: expiryOf(node.certificate).expiresAt.toISOString(),
    })),
  };
}
