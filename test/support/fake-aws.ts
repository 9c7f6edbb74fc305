import { createHash, createHmac } from 'node:crypto';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

/** Whoever signs with these may read. */
export const AWS_CREDENTIALS = { id: 'AKIDEXAMPLE', key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
const SKEW_MAX_MS = 300_000;

/**
 * Secrets Manager as far as "GetSecretValue" is documented: JSON 1.1 over POST, the errors by their names, and nothing for
 * whoever has not signed the request (Signature Version 4) with the key that is known, at the time that it is.
 */
export class FakeAws {
  readonly secrets = new Map<string, string | Uint8Array>();
  /** Names that the policy does not let be read. */
  readonly denied = new Set<string>();
  /** So many answers are an error of the service. */
  failures = 0;
  requests = 0;
  private server = http.createServer((request, response) => void this.serve(request, response));

  async start(port = 0): Promise<string> {
    this.server = http.createServer((request, response) => void this.serve(request, response));
    await new Promise<void>((resolve) => this.server.listen(port, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    this.requests++;
    const answer = this.answer(request, body);
    response.writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.1' });
    response.end(JSON.stringify(answer.body));
  }

  private answer(request: http.IncomingMessage, body: string): { status: number; body: object } {
    const refuse = (type: string, message: string, status = 400) => ({
      status,
      body: { __type: type, message },
    });
    if (this.failures > 0) {
      this.failures--;
      return refuse('InternalServiceError', 'An error occurred on the server side.', 500);
    }
    const wrong = wrongSignature(request, body);
    if (wrong !== null) return refuse(...wrong);
    if (request.headers['x-amz-target'] !== 'secretsmanager.GetSecretValue')
      return refuse('UnknownOperationException', '');
    const { SecretId: id } = JSON.parse(body) as { SecretId: string };
    if (this.denied.has(id))
      return refuse(
        'AccessDeniedException',
        `User: arn:aws:iam::1:role/web is not authorized to perform: secretsmanager:GetSecretValue on resource: ${id}`,
      );
    const value = this.secrets.get(id);
    if (value === undefined)
      return refuse('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
    const content =
      typeof value === 'string'
        ? { SecretString: value }
        : { SecretBinary: Buffer.from(value).toString('base64') };
    return { status: 200, body: { Name: id, VersionStages: ['AWSCURRENT'], ...content } };
  }
}

/** "Signature Version 4 signing process": the error that answers a wrong signature; null: it is right. */
function wrongSignature(request: http.IncomingMessage, body: string): [string, string] | null {
  const given = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=(\w+)$/.exec(
    request.headers.authorization ?? '',
  );
  if (given === null)
    return ['MissingAuthenticationTokenException', 'Request is missing Authentication Token'];
  const [, id, scope = '', names = '', signature] = given;
  if (id !== AWS_CREDENTIALS.id)
    return ['UnrecognizedClientException', 'The security token included in the request is invalid.'];
  const at = String(request.headers['x-amz-date']);
  const iso = at.replace(/^(....)(..)(..)T(..)(..)(..)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (Math.abs(Date.parse(iso) - Date.now()) > SKEW_MAX_MS)
    return ['InvalidSignatureException', `Signature expired: ${at} is now earlier than the present`];
  const headers = names.split(';').map((name) => `${name}:${String(request.headers[name]).trim()}\n`);
  const canonical = [request.method, request.url, '', headers.join(''), names, sha256(body)].join('\n');
  const text = ['AWS4-HMAC-SHA256', at, scope, sha256(canonical)].join('\n');
  const key = scope
    .split('/')
    .reduce<Buffer>((key, part) => hmac(key, part), Buffer.from(`AWS4${AWS_CREDENTIALS.key}`));
  return hmac(key, text).toString('hex') === signature
    ? null
    : ['InvalidSignatureException', 'The request signature we calculated does not match.'];
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
