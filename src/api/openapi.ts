import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import * as z from 'zod';
import { contract } from './contract.ts';
import { API_PREFIX, UPLOAD_ROUTE } from './routes.ts';
import * as shapes from './shapes.ts';

/** The OpenAPI document of the contract. */
export async function openApiDocument(version: string) {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  const document = await generator.generate(contract, {
    info: {
      title: 'Slipway',
      version,
      description:
        'Served on the Unix socket. A failed request is answered with `{code, message, hint, next}`; in an event stream the same is the data of the event `error`.',
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
  return { ...document, paths: { ...document.paths, [UPLOAD_ROUTE.path]: { post: upload } } };
}

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
