import type { Project } from './project.ts';

export function serviceText({ name, file, runtime, start, port }: Project): string {
  const release =
    runtime === 'command' ? 'what is published' : `the release, as ${TOOL[runtime ?? ''] ?? 'it'} packs it`;
  return `  # Found: ${file}
  - name: ${name}
    kind: service
    runtime: ${runtime}${start === null ? '' : `\n    start: ${JSON.stringify(start)}   # run in the release; no shell reads it`}
    # Where releases come from: a folder, or s3://${name.replaceAll('_', '-')}-production-distribution, gs://..., https://...
    # slipway publish puts ${release} there.
    source: { type: bucket, url: /srv/releases/${name} }
    replicas: 2
    port: ${port}                  # instance i listens on PORT = ${port} + i - 1
    # user: deployer            # whom it runs as; without it, the agent's own user
    env: {}                     # secrets do not belong here: slipway secret ${name} set NAME
    ready: { tcp: true, timeout: 60s }      # or { http: /health }
    # health: { http: /health }             # asked all the time; who does not answer is restarted
    # limits: { memory: 512MB }
`;
}

const TOOL: Record<string, string> = { elixir: 'mix release', erlang: 'rebar3 tar' };
