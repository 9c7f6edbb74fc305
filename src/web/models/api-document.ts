import { createResource, type Resource } from './resource.ts';

export interface ApiOperation {
  method: string;
  path: string;
  summary: string;
  parameters: readonly { name: string; in: string; required: boolean; description: string }[];
  /** Schemas as JSON, for who wants to know all of it. */
  body: unknown;
  answer: unknown;
}

/** The operations by what they are about, as the document has them. */
export interface ApiDocument {
  title: string;
  version: string;
  groups: readonly { name: string; operations: readonly ApiOperation[] }[];
}

export function createApiDocument(load: (signal: AbortSignal) => Promise<unknown>): Resource<ApiDocument> {
  return createResource({ load: async (signal) => readable(await load(signal)) });
}

type Json = Record<string, unknown>;

/** Of an OpenAPI document, what a person reads first. */
export function readable(document: unknown): ApiDocument {
  const { info, paths } = document as {
    info: { title: string; version: string };
    paths: Record<string, Json>;
  };
  const groups = new Map<string, ApiOperation[]>();
  for (const [path, methods] of Object.entries(paths))
    for (const [method, given] of Object.entries(methods)) {
      const operation = given as Json;
      const [tag = 'others'] = (operation['tags'] as string[] | undefined) ?? [];
      groups.set(tag, [...(groups.get(tag) ?? []), operationOf(method, path, operation)]);
    }
  return {
    title: info.title,
    version: info.version,
    groups: [...groups].map(([name, operations]) => ({ name, operations })),
  };
}

function operationOf(method: string, path: string, operation: Json): ApiOperation {
  const parameters = (operation['parameters'] as Json[] | undefined) ?? [];
  return {
    method: method.toUpperCase(),
    path,
    summary: text(operation['summary']),
    parameters: parameters.map((each) => ({
      name: text(each['name']),
      in: text(each['in']),
      required: each['required'] === true,
      description: text(each['description'] ?? (each['schema'] as Json | undefined)?.['description']),
    })),
    body: schemaOf(operation['requestBody']),
    answer: schemaOf((operation['responses'] as Json | undefined)?.['200']),
  };
}

/** Of whatever kind of content it is. */
function schemaOf(holder: unknown): unknown {
  const content = (holder as { content?: Record<string, Json> } | undefined)?.content ?? {};
  return Object.values(content)[0]?.['schema'] ?? null;
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
