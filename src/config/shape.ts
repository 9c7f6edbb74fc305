import * as z from 'zod';
import { nearest } from '../kernel/index.ts';
import { type Finding, type Path, valueAt } from './findings.ts';
import { type CheckedConfiguration, schema } from './schema.ts';

/** Checks keys, types and ranges; fills in the defaults where nothing is wrong. */
export function checkShape(root: unknown): { findings: Finding[]; checked: CheckedConfiguration | null } {
  const result = schema().safeParse(root);
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
      return issue.keys.map((key) => unknownKey(path, key));
    case 'invalid_key':
      return [{ path, at: 'key', message: issue.issues[0]?.message ?? issue.message }];
    case 'invalid_value':
      return [
        { path, at: 'value', message: issue.message, hint: meant(String(valueAt(root, path)), issue.values) },
      ];
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

function unknownKey(path: Path, key: string): Finding {
  const known = keysAt(path);
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
function keysAt(path: Path): string[] {
  let at = bare(schema());
  for (const step of path) {
    if (at instanceof z.ZodArray) at = bare(at.element as z.ZodType);
    else if (at instanceof z.ZodObject) at = bare(at.shape[step] as z.ZodType);
  }
  return at instanceof z.ZodObject ? Object.keys(at.shape) : [];
}

/** Without the wrappers for defaults and null; of several forms the mapping. */
function bare(type: z.ZodType): z.ZodType {
  if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional || type instanceof z.ZodNullable)
    return bare(type.unwrap() as z.ZodType);
  if (type instanceof z.ZodPipe) return bare(type.in as z.ZodType);
  if (type instanceof z.ZodUnion)
    return (type.options as z.ZodType[]).find((option) => option instanceof z.ZodObject) ?? type;
  return type;
}
