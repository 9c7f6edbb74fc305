import { parse, stringify } from 'yaml';
import type { Block } from './blocks.ts';

/** A mapping from which a fragment takes what it leaves out. */
const SITE = { name: 'shop', kind: 'site', source: { type: 'upload' } };
const SERVICE = {
  name: 'api',
  kind: 'service',
  runtime: 'command',
  start: 'node server.js',
  source: { type: 'upload' },
  port: 8080,
};

/**
 * Whole files that a block may be of: itself; keys of the host; an entry of `apps`, or some keys of one. One of them is to
 * be taken by `slipway config check`.
 */
export function wholeFiles({ text }: Block): string[] {
  const raw = parse(text, { merge: true }) as Record<string, unknown> | unknown[];
  if (Array.isArray(raw)) return [stringify({ apps: raw })];
  if ('apps' in raw) return [text];
  const elixir = { ...SERVICE, runtime: 'elixir', start: undefined };
  return [
    { apps: [], ...raw },
    ...[SERVICE, elixir, SITE].map((app) => ({ apps: [{ ...app, ...raw }] })),
  ].map((file) => stringify(file));
}

/** Lines of bash that fail where `slipway config check` takes none of the files. */
export function configCheck(block: Block): string {
  const files = wholeFiles(block).map((file, index) => `cat >${index}.yaml <<'YAML'\n${file}YAML\n`);
  const checks = files.map((_, index) => `slipway config check --config ${index}.yaml`);
  return `${files.join('')}chmod 600 *.yaml\n${checks.join(' || ')}`;
}
