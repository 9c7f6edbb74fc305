import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import * as z from 'zod';
import { errorCodes } from '../kernel/index.ts';
import { contract } from './contract.ts';
import { API_PREFIX, UPLOAD_ROUTE } from './routes.ts';
import * as shapes from './shapes.ts';
import { PROBLEM_TYPE } from './wire-error.ts';

/** The OpenAPI document of the contract. */
export async function openApiDocument(version: string) {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    info: {
      title: 'Slipway',
      version,
      description:
        'On the Unix socket everything is for whoever may open it; over TCP all but what lies below `/session/` takes a session or a token. A failed request is answered with a problem document; in an event stream the same is the data of the event `error`. Lists take `limit` and `before`, and name the next page in a `Link`.',
    },
    servers: [{ url: API_PREFIX }],
    commonSchemas: {
      Status: { schema: shapes.status },
      App: { schema: shapes.app },
      Instance: { schema: shapes.instance },
      Deployment: { schema: shapes.deployment },
      DeploymentWithSteps: { schema: shapes.deploymentWithSteps },
      Release: { schema: shapes.release },
      Plan: { schema: shapes.plan },
      LogLine: { schema: shapes.logLine },
      LogGap: { schema: shapes.logGap },
      CronEntry: { schema: shapes.cronEntry },
      Happening: { schema: shapes.happening },
    },
  });
  const paths = { ...document.paths, [UPLOAD_ROUTE.path]: { post: upload } } as Paths;
  return {
    ...document,
    components: {
      ...document.components,
      schemas: { ...document.components?.schemas, Problem: problem },
      responses: {
        Problem: {
          description: 'What went wrong',
          content: { [PROBLEM_TYPE]: { schema: ref('schemas/Problem') } },
        },
      },
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'an API token: slipway token create' },
        session: {
          ...{ type: 'apiKey', in: 'cookie', name: 'slipway_session' },
          description: 'set by a log-in; with TLS it is `__Host-slipway_session`',
        },
      },
    },
    security: [{ token: [] }, { session: [] }],
    paths: Object.fromEntries(
      Object.entries(paths).map(([path, methods]) => [path, completed(path, methods)]),
    ),
  };
}

type Paths = Record<string, Record<string, { responses?: object; parameters?: object[] }>>;

/** Every operation may fail, and some are for whoever has not logged in yet. */
function completed(path: string, methods: Paths[string]): Paths[string] {
  const open = path.startsWith('/session/') ? { security: [] } : {};
  return Object.fromEntries(
    Object.entries(methods).map(([method, operation]) => [
      method,
      {
        ...operation,
        ...open,
        ...(operation.parameters && { parameters: operation.parameters.map(asIs) }),
        responses: { ...operation.responses, default: ref('responses/Problem') },
      },
    ]),
  );
}

/** Empty values mean nothing here, and OpenAPI knows them in queries alone. */
function asIs(parameter: object): object {
  const { allowEmptyValue: _, allowReserved: __, ...rest } = parameter as Record<string, unknown>;
  return rest;
}

function ref(to: string) {
  return { $ref: `#/components/${to}` };
}

/** Of RFC 9457, with what Slipway's errors have besides. */
const problem = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'message', 'hint', 'next'],
  properties: {
    type: { type: 'string', format: 'uri', examples: ['urn:slipway:error:app_unknown'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'the same as `message`' },
    code: { type: 'string', enum: Object.keys(errorCodes) },
    message: { type: 'string' },
    hint: { type: ['string', 'null'], description: 'why it may be so, or what was left as it was' },
    next: { type: ['string', 'null'], description: 'the next command to type' },
  },
};

const text = (name: string) => ({ name, required: true, schema: { type: 'string' } });

const upload = {
  operationId: 'upload',
  summary: 'Sends an archive, for `deploy` to take',
  tags: ['deployments'],
  parameters: [
    { ...text('app'), in: 'path' },
    { ...text('name'), in: 'query', description: 'name of the file: `site.zip`, `site.tar.gz`' },
  ],
  requestBody: {
    required: true,
    content: { 'application/octet-stream': { schema: { type: 'string', format: 'binary' } } },
  },
  responses: {
    200: { description: 'OK', content: { 'application/json': { schema: z.toJSONSchema(shapes.uploaded) } } },
  },
};
