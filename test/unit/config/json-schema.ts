/**
 * As much of JSON Schema (draft 2020-12) as our own schema uses. A keyword that is not known here is an error, so that
 * nothing goes unchecked.
 */
export interface JsonSchema {
  [keyword: string]: unknown;
}

const ANNOTATIONS = ['$schema', '$defs', 'title', 'description', 'default', 'examples'];

/** The places of `value` that do not fit, each with the keyword that refuses it. */
export function misfits(schema: JsonSchema | boolean, value: unknown, path = ''): string[] {
  if (schema === true) return [];
  if (schema === false) return [`${path}: false`];
  return Object.entries(schema).flatMap(([keyword, wanted]) => {
    if (ANNOTATIONS.includes(keyword)) return [];
    // The one that there is: a secret in place of a value.
    if (keyword === '$ref')
      return isMapping(value) && Object.keys(value).join() === 'secret' && typeof value.secret === 'string'
        ? []
        : [`${path}: $ref`];
    const check = KEYWORDS[keyword];
    if (!check) throw new Error(`the keyword ${keyword} is not known to this test`);
    const below = check({ wanted, value, path, schema });
    return below === true ? [] : below === false ? [`${path}: ${keyword}`] : below;
  });
}

/** True or false, or the misfits below. What `wanted` is depends on the keyword. */
type Check = (at: {
  wanted: unknown;
  value: unknown;
  path: string;
  schema: JsonSchema;
}) => boolean | string[];

const isNumber = (value: unknown) => typeof value === 'number';
const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function typeOf(value: unknown): string[] {
  if (value === null) return ['null'];
  if (Array.isArray(value)) return ['array'];
  return Number.isInteger(value) ? ['integer', 'number'] : [typeof value];
}

const KEYWORDS: Record<string, Check> = {
  type: ({ wanted, value }) => typeOf(value).some((type) => ([] as unknown[]).concat(wanted).includes(type)),
  const: ({ wanted, value }) => value === wanted,
  enum: ({ wanted, value }) => (wanted as unknown[]).includes(value),
  pattern: ({ wanted, value }) => typeof value !== 'string' || new RegExp(wanted as string, 'u').test(value),
  maxLength: ({ wanted, value }) => typeof value !== 'string' || value.length <= (wanted as number),
  minimum: ({ wanted, value }) => !isNumber(value) || value >= (wanted as number),
  maximum: ({ wanted, value }) => !isNumber(value) || value <= (wanted as number),
  minItems: ({ wanted, value }) => !Array.isArray(value) || value.length >= (wanted as number),
  maxItems: ({ wanted, value }) => !Array.isArray(value) || value.length <= (wanted as number),
  items: ({ wanted, value, path }) =>
    !Array.isArray(value) ||
    value.flatMap((item, index) => misfits(wanted as JsonSchema, item, `${path}[${index}]`)),
  anyOf: ({ wanted, value }) =>
    (wanted as JsonSchema[]).some((schema) => misfits(schema, value).length === 0),
  oneOf: ({ wanted, value, path }) => {
    const tried = (wanted as JsonSchema[]).map((schema) => misfits(schema, value, path));
    const fitting = tried.filter((misfits) => misfits.length === 0);
    if (fitting.length > 0) return fitting.length === 1;
    // The form that the value says it is of; where it says none, all is told by one word.
    return tried.find((misfits) => !misfits.some((misfit) => misfit.endsWith(': const'))) ?? false;
  },
  required: ({ wanted, value }) =>
    !isMapping(value) || (wanted as string[]).every((key) => Object.hasOwn(value, key)),
  properties: ({ wanted, value, path }) =>
    !isMapping(value) ||
    Object.entries(wanted as Record<string, JsonSchema>).flatMap(([key, schema]) =>
      Object.hasOwn(value, key) ? misfits(schema, value[key], `${path}.${key}`) : [],
    ),
  additionalProperties: ({ wanted, value, path, schema }) =>
    !isMapping(value) ||
    Object.keys(value)
      .filter((key) => !Object.hasOwn(schema.properties ?? {}, key))
      .flatMap((key) => misfits(wanted as JsonSchema, value[key], `${path}.${key}`)),
  propertyNames: ({ wanted, value, path }) =>
    !isMapping(value) ||
    Object.keys(value).flatMap((key) => misfits(wanted as JsonSchema, key, `${path}.${key}`)),
};
