import http from 'node:http';
import type { AddressInfo } from 'node:net';

const TOKEN = 'ya29.of-the-machine';
const PROJECT = 'shop-1';

/**
 * Secret Manager as far as "versions.access" is documented, and the metadata server of a machine of Google's, which gives
 * the token of its service account: whoever has not that one is let read nothing.
 */
export class FakeGcp {
  readonly secrets = new Map<string, string>();
  readonly denied = new Set<string>();
  private server = http.createServer();
  host = '';

  /** Gives what GCE_METADATA_HOST is to be; the address of the store is the same, as http. */
  async start(port = 0): Promise<string> {
    this.server = http.createServer((request, response) => {
      const { status, headers, body } = this.answer(request);
      response.writeHead(status, { 'metadata-flavor': 'Google', ...headers });
      response.end(body);
    });
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    this.host = `127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this.host;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private answer({ url = '', headers }: http.IncomingMessage) {
    const json = (status: number, body: object) => ({
      status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const refuse = (status: number, reason: string, message: string) =>
      json(status, { error: { code: status, status: reason, message } });
    if (url.startsWith('/computeMetadata/v1')) {
      if (headers['metadata-flavor'] !== 'Google') return refuse(403, 'PERMISSION_DENIED', 'no flavor');
      if (url.includes('/project/project-id')) return { status: 200, headers: {}, body: PROJECT };
      if (url.includes('/token'))
        return json(200, { access_token: TOKEN, expires_in: 3599, token_type: 'Bearer' });
      return { status: 200, headers: {}, body: 'default/' };
    }
    if (headers.authorization !== `Bearer ${TOKEN}`)
      return refuse(401, 'UNAUTHENTICATED', 'Request had invalid authentication credentials.');
    const [, project, name = ''] =
      /^\/v1\/projects\/([^/]+)\/secrets\/([^/]+)\/versions\/latest:access$/.exec(url) ?? [];
    if (project !== PROJECT || this.denied.has(name))
      return refuse(403, 'PERMISSION_DENIED', "Permission 'secretmanager.versions.access' denied.");
    const value = this.secrets.get(name);
    if (value === undefined)
      return refuse(404, 'NOT_FOUND', `Secret [${name}] not found or has no versions.`);
    return json(200, {
      name: `projects/1/secrets/${name}/versions/1`,
      payload: { data: Buffer.from(value).toString('base64') },
    });
  }
}
