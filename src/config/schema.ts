import * as z from 'zod';
import { DEFAULTS } from './defaults.ts';
import {
  absolutePath,
  choice,
  DAY_MS,
  duration,
  entries,
  expected,
  flag,
  groupName,
  listenAddress,
  mapping,
  publicAddress,
  size,
} from './fields.ts';
import { signing } from './schema-common.ts';
import { hostLog } from './schema-forward.ts';
import { key } from './schema-key.ts';
import { proxy } from './schema-proxy.ts';
import { withReferences } from './schema-references.ts';
import { secrets } from './schema-secrets.ts';
import { service } from './schema-service.ts';
import { site } from './schema-site.ts';

const HOUR_MS = 3_600_000;

export type CheckedConfiguration = z.output<ReturnType<typeof build>>;

let built: ReturnType<typeof build> | undefined;

/** The shape of the file: keys, types, ranges, defaults. Built when it is first needed. */
export function schema(): ReturnType<typeof build> {
  built ??= build();
  return built;
}

/** JSON Schema (draft 2020-12) of the file, for editors. Rules between keys are not in it. */
export function configurationSchema(): Record<string, unknown> {
  return withReferences(plainSchema());
}

/** The same without secrets in place of values. */
export function plainSchema(): Record<string, unknown> {
  return { title: 'Slipway configuration', ...z.toJSONSchema(schema(), { io: 'input' }) };
}

function build() {
  const app = z.discriminatedUnion('kind', [service(), site()], expected('a mapping'));
  return z.strictObject(
    {
      data: key(
        'Directory of the database, the releases of services and caches; the socket of the command line is `slipway.sock` in it.',
        absolutePath().prefault(DEFAULTS.data),
      ),
      logs: key(
        'Directory of the output of the apps: `<app>/<app>-<i>-stdout.log` and `-stderr.log`.',
        absolutePath().prefault(DEFAULTS.logs),
      ),
      listen: key(
        'Address of API and dashboard; port 0 for any free one; null or false: the socket alone.',
        listenAddress().prefault(DEFAULTS.listen),
      ),
      public: key(
        'Address by which people reach it; null: that of `listen`.',
        publicAddress().nullable().prefault(null),
        'https://deploy.example.com',
      ),
      tls: key(
        'Certificate and key of `listen`, read again when they change; null: without TLS.',
        certificate().nullable().prefault(null),
      ),
      behind_proxy: key(
        'A proxy in front of `listen` ends TLS, and says by X-Forwarded-For who asks.',
        flag().prefault(false),
      ),
      shell: key('Shells on the host itself.', shell().prefault({})),
      socket: key(
        'A socket for the members of a group of the host, who use `slipway` without being root; null: none.',
        groupSocket().nullable().prefault(null),
      ),
      log: key('Where the logs of all apps go, beside their files.', hostLog().prefault({})),
      proxy: key(
        'HAProxy in front of the apps that have `domains`, kept running by the agent; null: none.',
        proxy().nullable().prefault(null),
        { http: 80, https: 443, certificates: ['/etc/ssl/example.com.pem'] },
      ),
      history: key('How much is kept of what has been.', history().prefault({})),
      signing: key(
        'Whose signature every archive and every current.json must have; null: nobody signs.',
        signing().nullable().prefault(null),
        { keys: ['RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'] },
      ),
      secrets: key(
        'Where `{ secret: name }` is looked for; null: in what was set with `slipway secret` alone.',
        secrets().nullable().prefault(null),
      ),
      apps: key('The apps of this host; [] for none.', z.array(app, expected('a list of apps'))),
    },
    expected('a mapping with the keys data, logs, listen, apps and others'),
  );
}

/** `deployer` and not `admin`: who may change users, tokens and the configuration is as good as root. */
function groupSocket() {
  return mapping({
    group: key('Its members may open it.', groupName(), 'deploy'),
    role: key('What they may do.', choice(['viewer', 'deployer', 'admin']).prefault('deployer')),
    apps: key(
      'Only with these apps; null: with all.',
      entries(z.string(expected('the name of an app')), 'apps')
        .nullable()
        .prefault(null),
      ['shop', 'api'],
    ),
    path: key(
      'Where it is: the command line looks here by itself.',
      absolutePath().prefault(DEFAULTS.groupSocket),
    ),
  });
}

function history() {
  return mapping({
    keep: key(
      'Events, runs and deployments of so long; the last 50 of each app and instance are kept whatever their age.',
      age().prefault('365d'),
      '90d',
    ),
    audit: key('What people did, of so long.', age().prefault('730d')),
    max_size: key(
      'A larger journal loses the oldest events, runs and deployments.',
      size(1024 ** 2).prefault('1GB'),
    ),
  });
}

function age() {
  return duration(HOUR_MS, 3650 * DAY_MS);
}

function shell() {
  return mapping({
    over_tcp: key(
      'Administrators of all apps may open one by `listen`; false: by the socket alone.',
      flag().prefault(false),
    ),
  });
}

function certificate() {
  return mapping({
    cert: key('The certificate and those above it, PEM.', absolutePath(), '/etc/slipway/tls.crt'),
    key: key('Its private key, PEM.', absolutePath(), '/etc/slipway/tls.key'),
  });
}
