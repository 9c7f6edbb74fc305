import type { CheckedService } from './compile-common.ts';
import { compileService } from './compile-service.ts';
import { compileSite } from './compile-site.ts';
import {
  type AppConfiguration,
  type Configuration,
  type ForwardConfiguration,
  idOf,
  type SecretsConfiguration,
} from './configuration.ts';
import type { Path } from './findings.ts';
import { nodeNames } from './node-names.ts';
import type { CheckedConfiguration } from './schema.ts';

/** The text of a scalar as it stands in the file, or null. */
type WrittenAt = (path: Path) => string | null;

export function compile(
  checked: CheckedConfiguration,
  file: string | null,
  writtenAt: WrittenAt,
): Configuration {
  const signing = checked.signing && checked.signing.keys;
  const { forward } = checked.log;
  const services = checked.apps.filter((app) => app.kind === 'service').map(namedOf);
  return {
    file,
    dataDirectory: checked.data,
    logsDirectory: checked.logs,
    listen: checked.listen,
    public: checked.public,
    tls: checked.tls,
    behindProxy: checked.behind_proxy,
    shell: { overTcp: checked.shell.over_tcp },
    socket: checked.socket && { ...checked.socket, apps: checked.socket.apps && idsOf(checked) },
    proxy: checked.proxy && compileProxy(checked.proxy),
    history: {
      keepMs: checked.history.keep,
      auditMs: checked.history.audit,
      maxSizeBytes: checked.history.max_size,
    },
    log: { forward, agent: checked.log.agent },
    signing,
    secrets: checked.secrets && compileSecrets(checked.secrets),
    references: [],
    waiting: [],
    apps: checked.apps.map((app, index) => {
      const variableAsWritten = (name: string) => writtenAt(['apps', index, 'env', name]);
      const compiled =
        app.kind === 'service'
          ? compileService(app, variableAsWritten, nodeNames(namedOf(app), services))
          : compileSite(app, variableAsWritten);
      const inherits = app.signing === undefined && compiled.source.type !== 'git';
      const forwarded = app.log.forward === undefined ? withForward(compiled, forward) : compiled;
      return inherits ? { ...forwarded, signing } : forwarded;
    }),
  };
}

function compileProxy({
  proxy_protocol: proxyProtocol,
  acme,
  ...proxy
}: NonNullable<CheckedConfiguration['proxy']>) {
  if (acme === null) return { ...proxy, proxyProtocol, acme };
  const { dns_user: dnsUser, ...others } = acme;
  return { ...proxy, proxyProtocol, acme: { ...others, dnsUser } };
}

/** The apps that `socket` names: each by its id, or by its name where no app has that as its id. */
function idsOf({ socket, apps }: CheckedConfiguration): string[] {
  const known = apps.map(({ name, environment }) => ({ name, id: idOf(name, environment) }));
  const named = (socket?.apps ?? []).flatMap((text) => {
    const exact = known.filter(({ id }) => id === text);
    return exact.length > 0 ? exact : known.filter(({ name }) => name === text);
  });
  return [...new Set(named.map(({ id }) => id))];
}

/** What the host says of all apps. */
function withForward<App extends AppConfiguration>(app: App, forward: ForwardConfiguration[]): App {
  return { ...app, log: { ...app.log, forward } };
}

function namedOf({ name, environment, runtime, env }: CheckedService) {
  return {
    name,
    environment,
    runtime,
    given: env.RELEASE_NODE === undefined ? null : String(env.RELEASE_NODE),
  };
}

function compileSecrets({
  refresh,
  ...store
}: NonNullable<CheckedConfiguration['secrets']>): SecretsConfiguration {
  return { ...store, refreshMs: refresh };
}
