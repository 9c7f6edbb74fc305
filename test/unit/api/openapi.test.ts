import http from 'node:http';
import { text } from 'node:stream/consumers';
import { Validator } from '@seriousme/openapi-schema-validator';
import { expect, test } from 'vitest';
import { openApiDocument } from '../../../src/api/openapi.ts';
import { routes, UPLOAD_ROUTE } from '../../../src/api/routes.ts';
import { toWire } from '../../../src/api/wire-error.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';
import { serveFake } from '../../fixtures/serve-fake.ts';

interface Document {
  openapi: string;
  info: { version: string };
  servers: { url: string }[];
  paths: Record<string, Record<string, { responses: Record<string, { content: Record<string, unknown> }> }>>;
  components: { schemas: Record<string, { properties: Record<string, unknown> }> };
}

test('the document tells every operation, made from the same shapes', async () => {
  const { socketPath } = await serveFake();
  const document = await new Promise<Document>((resolve, reject) => {
    http
      .get({ socketPath, path: '/api/v1/openapi.json' }, async (response) =>
        resolve(JSON.parse(await text(response))),
      )
      .on('error', reject);
  });
  const told = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
  );
  expect(told.toSorted()).toEqual(
    [...Object.values(routes), UPLOAD_ROUTE].map(({ method, path }) => `${method} ${path}`).toSorted(),
  );
  expect(document.info.version).toBe('1.2.3');
  expect(document.servers).toEqual([{ url: '/api/v1' }]);
  expect(Object.keys(document.components.schemas['Instance']?.properties ?? {})).toContain('last_exit');
  const { content } = document.paths['/events']?.['get']?.responses['200'] ?? {};
  expect(Object.keys(content ?? {})).toEqual(['text/event-stream']);
  expect(document.paths[UPLOAD_ROUTE.path]?.['post']).toMatchObject({
    requestBody: { content: { 'application/octet-stream': {} } },
    responses: {
      200: { content: { 'application/json': { schema: { required: ['upload', 'size_bytes', 'sha256'] } } } },
    },
  });
});

test('the document is one of OpenAPI 3.1, with who is let in and what an error looks like', async () => {
  const document = (await openApiDocument('1.2.3')) as unknown as Record<string, unknown> & Document;
  const { valid, errors } = await new Validator().validate(structuredClone(document));
  expect({ valid, errors }).toEqual({ valid: true, errors: undefined });
  expect(document).toMatchObject({
    openapi: expect.stringMatching(/^3\.1\./),
    security: [{ token: [] }, { session: [] }],
    components: { securitySchemes: { token: { scheme: 'bearer' }, session: { name: 'slipway_session' } } },
  });
  for (const [path, methods] of Object.entries(document.paths))
    for (const operation of Object.values(methods)) {
      expect(operation.responses['default']).toEqual({ $ref: '#/components/responses/Problem' });
      expect('security' in operation, path).toBe(path.startsWith('/session/'));
    }
  const problem = toWire(new SlipwayError('app_unknown', { message: 'no' }));
  expect(Object.keys(problem).toSorted()).toEqual(
    Object.keys(document.components.schemas['Problem']?.properties ?? {}).toSorted(),
  );
});
