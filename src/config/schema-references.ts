type Schema = Record<string, unknown>;

/** What an app is called by, and what tells forms apart, is written out. */
const WRITTEN_OUT = ['name', 'environment', 'kind', 'type'];
const REFERENCE = { $ref: '#/$defs/secret' };

/**
 * For editors: `{ secret: name }` may stand for every value of an app. The checker takes the values' place before the shape
 * is looked at, so the schema that checks does not know of it.
 */
export function withReferences(made: Schema): Schema {
  const { properties } = made as { properties: Record<string, Schema> };
  const { items } = properties.apps as { items: Schema };
  return {
    ...made,
    properties: { ...properties, apps: { ...properties.apps, items: below(items) } },
    $defs: {
      ...(made.$defs as Schema | undefined),
      secret: {
        description:
          'The value of a secret: its name, or "name#KEY" for a key of the JSON object that it is.',
        type: 'object',
        properties: { secret: { type: 'string' } },
        required: ['secret'],
        additionalProperties: false,
      },
    },
  };
}

/** What is in it may be a reference. */
function below(schema: Schema): Schema {
  const out: Schema = { ...schema };
  for (const form of ['anyOf', 'oneOf', 'allOf'])
    if (Array.isArray(out[form])) out[form] = (out[form] as Schema[]).map(below);
  if (isSchema(out.properties))
    out.properties = Object.fromEntries(
      Object.entries(out.properties).map(([name, value]) => [
        name,
        WRITTEN_OUT.includes(name) ? value : orReference(value as Schema),
      ]),
    );
  if (isSchema(out.additionalProperties)) out.additionalProperties = orReference(out.additionalProperties);
  if (isSchema(out.items)) out.items = orReference(out.items);
  return out;
}

function orReference(schema: Schema): Schema {
  const { description, examples, default: standard, ...form } = below(schema);
  return {
    ...(description === undefined ? {} : { description }),
    ...(examples === undefined ? {} : { examples }),
    ...(standard === undefined ? {} : { default: standard }),
    anyOf: [
      ...(Array.isArray(form.anyOf) && Object.keys(form).length === 1 ? form.anyOf : [form]),
      REFERENCE,
    ],
  };
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
