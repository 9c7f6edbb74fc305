import { idOf } from './configuration.ts';
import { DEFAULTS } from './defaults.ts';
import { type Finding, mappingOf } from './findings.ts';

/** What the names of an app's Erlang nodes are made of: instance i is `<node>-<i>`, and has `<suffix>-<i>` as the end of its name. */
export interface NodeNames {
  node: string;
  suffix: string;
}

interface Named {
  name: string;
  environment: string;
  runtime: string;
  /** RELEASE_NODE of its `env`. */
  given: string | null;
}

const PATTERN = /^[A-Za-z][A-Za-z0-9_-]{0,199}$/;
const UNMARKED = ['prod', 'production'];

/**
 * Of one name, the environments of a host would have the same nodes: all but prod and production have theirs in the name, too.
 * An app that is alone with its name is called by it, as by DeployEx, whatever its environment is.
 */
export function nodeNames(app: Named, all: readonly Named[]): NodeNames {
  const namesakes = all.filter((each) => each.name === app.name && isVm(each));
  const isMarked = isVm(app) && namesakes.length > 1 && !UNMARKED.includes(app.environment);
  const suffix = isMarked ? `-${app.environment}` : '';
  return { node: app.given ?? `${app.name}${suffix}`, suffix };
}

/** RELEASE_NODE that is no name, and apps whose nodes would be called the same. Reads raw values. */
export function checkNodeNames(apps: Record<string, unknown>[]): Finding[] {
  const findings: Finding[] = [];
  const named = apps.map(namedOf);
  const taken = new Map<string, number>();
  for (const [index, app] of named.entries()) {
    const { RELEASE_NODE: given } = mappingOf(mappingOf(apps[index]).env);
    const at = { path: ['apps', index, 'env', 'RELEASE_NODE'], at: 'value' } as const;
    if (given !== undefined && (typeof given !== 'string' || !PATTERN.test(given))) {
      const message = 'must be the name of a node without its host: letters, digits, - and _';
      findings.push({ ...at, message, hint: 'instance i is called by it and -i' });
    } else if (app !== null && isVm(app)) {
      const { node } = nodeNames(
        app,
        named.filter((each) => each !== null),
      );
      const other = taken.get(node);
      taken.set(node, index);
      // Two of one id are told as that.
      const holder = other === undefined ? null : named[other];
      if (!holder || idOf(holder.name, holder.environment) === idOf(app.name, app.environment)) continue;
      const message = `its nodes would be called ${node}-1 and so on, as those of apps[${other}]`;
      const hint = 'set RELEASE_NODE in its env';
      findings.push(
        app.given === null ? { path: ['apps', index, 'name'], at: 'key', message, hint } : { ...at, message },
      );
    }
  }
  return findings;
}

function isVm({ runtime }: Named): boolean {
  return runtime === 'elixir' || runtime === 'erlang';
}

function namedOf(app: Record<string, unknown>): Named | null {
  const { name, environment = DEFAULTS.environment, runtime, env } = app;
  if (typeof name !== 'string' || typeof environment !== 'string' || typeof runtime !== 'string') return null;
  const { RELEASE_NODE: given } = mappingOf(env);
  return { name, environment, runtime, given: typeof given === 'string' ? given : null };
}
