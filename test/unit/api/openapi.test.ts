import http from 'node:http';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { routes, UPLOAD_ROUTE } from '../../../src/api/routes.ts';
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
