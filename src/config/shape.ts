import * as z from 'zod';
import { nearest } from '../kernel/index.ts';
import { type Finding, mappingOf, type Path, textOf, valueAt } from './findings.ts';
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
      return [{ path, at, message: issue.message }];
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
  const hint = meant(key, known) ?? `known keys: ${known.join(', ')}`;
  return { path: [...path, key], at: 'key', message: 'unknown key', hint };
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
