import { localTime } from '../../wording/index.ts';
import type { Colors } from '../output/index.ts';
import { table } from './table.ts';

/** What `certs make` prints with `--json`. */
export interface CertificateReport {
  folder: string;
  ca: { certificate: string; made: boolean; expires_at: string };
  nodes: {
    /** Null: the agent's own user. */
    user: string | null;
    certificate: string;
    key: string;
    ca: string;
    inet_tls_conf: string;
    hosts: string[];
    made: boolean;
    expires_at: string;
  }[];
}

/** The certificates, and what to write where so that they are used. */
export function certificatesView(
  { ca, nodes }: CertificateReport,
  { colors, now }: { colors: Colors; now: number },
): string {
  const row = (name: string, { certificate, made, expires_at }: CertificateReport['ca']) => [
    name,
    made ? colors.green('made') : 'kept',
    expiryText(expires_at, now),
    certificate,
  ];
  const list = table({
    head: ['FOR', '', 'EXPIRES', 'CERTIFICATE'],
    colors,
    right: [],
    rows: [row('CA', ca), ...nodes.map((node) => row(node.user ?? 'nodes', node))],
  });
  const own = nodes[0];
  const hosts = own === undefined ? [] : [`They are good for ${own.hosts.join(', ')}.`];
  const agent =
    own === undefined
      ? []
      : [
          colors.bold('What the agent needs') + ', in its configuration, for each app:',
          ...[
            'otp:',
            '  tls:',
            `    cert: ${own.certificate}`,
            `    key: ${own.key}`,
            `    ca: ${own.ca}`,
          ].map((line) => `  ${line}`),
        ];
  const apps = nodes.flatMap(({ user, inet_tls_conf }) => [
    colors.bold('What an app needs') +
      (user === null ? '' : ` that runs as ${user}`) +
      ', in its env.sh, or in "env" of the configuration:',
    `  ELIXIR_ERL_OPTIONS="-proto_dist inet_tls -ssl_dist_optfile ${inet_tls_conf}"`,
  ]);
  return [list, '', ...hosts, '', ...agent, '', ...apps].join('\n');
}

function expiryText(at: string, now: number): string {
  const days = Math.round((Date.parse(at) - now) / 86_400_000);
  const [date] = localTime(at).split(' ');
  return `${date} (in ${days} days)`;
}
