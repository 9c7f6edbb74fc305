import * as z from 'zod';
import { nearest } from '../kernel/index.ts';
import { type Finding, mappingOf, type Path, textOf, valueAt } from './findings.ts';
import { formOf, KINDS } from './forms.ts';
import { type CheckedConfiguration, schema } from './schema.ts';

/** Checks keys, types and ranges; fills in the defaults where nothing is wrong. */
export function checkShape(root: unknown): { findings: Finding[]; checked: CheckedConfiguration | null } {
  // A fast path is code that is made first: a configuration is read too seldom for that.
  const result = schema().safeParse(root, { jitless: true });
  if (result.success) return { findings: [], checked: result.data };
  return {
    findings: oncePerPlace(result.error.issues.flatMap((issue) => findingsOf(issue, root))),
    checked: null,
  };
}

function findingsOf(issue: z.core.$ZodIssue, root: unknown): Finding[] {
  const path = issue.path as Path;
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => unknownKey(root, path, key));
    case 'invalid_key':
      return [{ path, at: 'key', message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_value':
      return [
        { path, at: 'value', message: issue.message, hint: meant(textOf(valueAt(root, path)), issue.values) },
      ];
    case 'invalid_union':
      return [unknownForm(issue, root)];
    case 'custom':
      return [{ path, at: 'value', message: issue.message, hint: issue.params?.hint }];
    case 'invalid_type': {
      // A scalar in place of a mapping may be a secret that lost its key: it is not shown.
      const at = ['object', 'record'].includes(issue.expected) ? 'key' : 'value';
      const isVariables =
        isApp(path.slice(0, -1)) && path.at(-1) === 'environment' && isStructure(valueAt(root, path));
      return [{ path, at, message: issue.message, hint: isVariables ? 'did you mean "env"?' : undefined }];
    }
    default:
      return [{ path, at: 'value', message: issue.message }];
  }
}

/** The key that says of which form a mapping is says none that there is. */
function unknownForm(issue: z.core.$ZodIssueInvalidUnion, root: unknown): Finding {
  const path = issue.path as Path;
  if (!('options' in issue)) return { path, at: 'value', message: issue.message };
  const value = valueAt(root, path);
  const words = `one of ${issue.options.join(', ')}`;
  const message = value === undefined ? `is required: ${words}` : `must be ${words}`;
  return { path, at: 'value', message, hint: meant(textOf(value), issue.options) };
}

function unknownKey(root: unknown, path: Path, key: string): Finding {
  const known = keysAt(root, path);
  const at = { path: [...path, key], at: 'key' as const };
  const other = isApp(path) ? ofOtherKind(valueAt(root, path), key) : null;
  if (other !== null) return { ...at, message: other };
  const hint = sameAs(key, known) ?? meant(key, known) ?? `known keys: ${known.join(', ')}`;
  return { ...at, message: 'unknown key', hint };
}

function isStructure(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isApp(path: Path): boolean {
  return path.length === 2 && path[0] === 'apps';
}

function ofOtherKind(value: unknown, key: string): string | null {
  const { kind, name } = mappingOf(value);
  const other = KINDS.find((each) => each !== kind && formOf(each).includes(key));
  if (other === undefined) return null;
  return `\`${key}\` is a key of ${other}s; ${typeof name === 'string' ? name : 'this app'} is a ${textOf(kind)}`;
}

/** What other tools call it. */
const SYNONYMS: Record<string, readonly string[]> = {
  instances: ['replicas'],
  count: ['replicas'],
  scale: ['replicas'],
  processes: ['replicas', 'workers'],
  cmd: ['start', 'command'],
  command: ['start'],
  run: ['start', 'command'],
  exec: ['start', 'command'],
  entrypoint: ['start', 'command'],
  script: ['release', 'start', 'command'],
  healthcheck: ['health', 'ready'],
  health_check: ['health', 'ready'],
  readiness: ['ready'],
  liveness: ['health'],
  environment_variables: ['env'],
  environments: ['environment'],
  variables: ['env'],
  vars: ['env'],
  directory: ['root'],
  dir: ['root'],
  path: ['root'],
  folder: ['root'],
  document_root: ['root'],
  repo: ['source'],
  repository: ['source', 'url'],
  git: ['source'],
  bucket: ['source', 'url'],
  image: ['source'],
  artifact: ['source'],
  language: ['runtime'],
  autodeploy: ['auto'],
  auto_deploy: ['auto'],
  releases: ['keep'],
  keep_releases: ['keep'],
  shared_dirs: ['shared'],
  crons: ['cron'],
  schedule: ['cron'],
  group: ['user'],
  depends_on: ['after'],
  requires: ['after'],
  wants: ['after'],
  priority: ['after'],
  cron_restart: ['restart', 'schedule'],
  uri: ['url'],
  ref: ['branch', 'tags'],
  interval: ['poll', 'every'],
  data_dir: ['data'],
  log_dir: ['logs'],
  bind: ['listen'],
  address: ['listen'],
  services: ['apps'],
  sites: ['apps'],
};

function sameAs(key: string, known: readonly string[]): string | undefined {
  const words = Object.hasOwn(SYNONYMS, key.toLowerCase()) ? (SYNONYMS[key.toLowerCase()] ?? []) : [];
  const there = words.filter((word) => known.includes(word)).map((word) => `"${word}"`);
  return there.length === 0 ? undefined : `did you mean ${there.join(' or ')}?`;
}

function meant(word: string, known: readonly unknown[]): string | undefined {
  const near = nearest(word, known.map(String));
  return near === null ? undefined : `did you mean "${near}"?`;
}

/** A value out of several bounds is one error, not several. */
function oncePerPlace(findings: Finding[]): Finding[] {
  const places = new Map(findings.toReversed().map((finding) => [JSON.stringify(finding.path), finding]));
  return findings.filter((finding) => places.get(JSON.stringify(finding.path)) === finding);
}

/** The keys that the mapping at `path` may have. */
function keysAt(root: unknown, path: Path): string[] {
  let at = bare(schema(), root);
  for (const [index, step] of path.entries()) {
    const value = valueAt(root, path.slice(0, index + 1));
    if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType, value);
    else if (at instanceof z.ZodObject) at = bare(at.shape[step] as z.ZodType, value);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/**
 * The type without the wrappers for defaults and null; where there are several forms that of the value, or the mapping.
 */
function bare(type: z.ZodType, value: unknown): z.ZodType {
  if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional || type instanceof z.ZodNullable)
    return bare(type.unwrap() as z.ZodType, value);
  if (type instanceof z.ZodPipe) return bare(type.in as z.ZodType, value);
  if (type instanceof z.ZodDiscriminatedUnion) {
    const { discriminator } = type.def;
    const forms = type.options as z.ZodObject<Record<string, z.ZodType>>[];
    return (
      forms.find((form) => form.shape[discriminator]?.safeParse(mappingOf(value)[discriminator]).success) ??
      type
    );
  }
  if (type instanceof z.ZodUnion)
    return (type.options as z.ZodType[]).find((option) => option instanceof z.ZodObject) ?? type;
  return type;
}
