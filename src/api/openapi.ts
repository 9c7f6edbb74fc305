import { OpenAPIGenerator } from '@orpc/openapi';
import { ZodToJsonSchemaConverter } from '@orpc/zod/zod4';
import { contract } from './contract.ts';
import { API_PREFIX } from './routes.ts';
import * as shapes from './shapes.ts';

/** The OpenAPI document of the contract. */
export function openApiDocument(version: string) {
  const generator = new OpenAPIGenerator({ schemaConverters: [new ZodToJsonSchemaConverter()] });
  return generator.generate(contract, {
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
      Happening: { schema: shapes.happening },
    },
  });
}
