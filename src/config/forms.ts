import * as z from 'zod';
import { schema } from './schema.ts';

export type Kind = 'service' | 'site';
export const KINDS: readonly Kind[] = ['service', 'site'];

export function isKind(value: unknown): value is Kind {
  return value === 'service' || value === 'site';
}

/** The keys of an app of that kind. */
export function formOf(kind: Kind): string[] {
  return keysBelow(kind, []);
}

/** The keys that stand below a path of an app, in whichever form; null: of the file. None where any key may stand there. */
export function keysBelow(kind: Kind | null, path: readonly string[]): string[] {
  let at: z.ZodType[] = kind === null ? [schema()] : formsOfApps().filter((form) => isOfKind(form, kind));
  for (const step of path) at = objectsIn(at).flatMap(({ shape }) => shape[step] ?? []);
  return [...new Set(objectsIn(at).flatMap(({ shape }) => Object.keys(shape)))];
}

type Form = z.ZodObject<Record<string, z.ZodType>>;

function formsOfApps(): Form[] {
  const [top] = objectsIn([schema()]);
  const apps = top?.shape.apps;
  return apps instanceof z.ZodArray ? objectsIn([apps.element as z.ZodType]) : [];
}

function isOfKind(form: Form, kind: Kind): boolean {
  return form.shape.kind?.safeParse(kind, { jitless: true }).success === true;
}

function objectsIn(types: readonly z.ZodType[]): Form[] {
  return types.flatMap((type): Form[] => {
    if (type instanceof z.ZodObject) return [type];
    if (type instanceof z.ZodPrefault || type instanceof z.ZodOptional || type instanceof z.ZodNullable)
      return objectsIn([type.unwrap() as z.ZodType]);
    if (type instanceof z.ZodPipe) return objectsIn([type.in as z.ZodType]);
    return type instanceof z.ZodUnion ? objectsIn(type.options as z.ZodType[]) : [];
  });
}
