import { isLoopback, messageOf, type SlipwayError } from '../../kernel/index.ts';
import { type Bucket, nextCommands } from './next-commands.ts';
import { connections, once, type S3, s3Client } from './s3-client.ts';
import { bucketTrouble, UNCHANGED } from './trouble.ts';

/** Google's XML API, which is S3 but for some headers: https://cloud.google.com/storage/docs/xml-api/reference-headers */
const ENDPOINT = 'https://storage.googleapis.com';

/** What a request or an answer is, as far as it is looked at here. */
interface Message {
  headers: Record<string, string>;
}

/**
 * The client for a bucket of Google's. With HMAC keys it is S3 through and through: those of a profile, or of the environment,
 * whose name of a key begins with GOOG. Else each request has a token of Google's default chain.
 */
export async function gcsClient(place: {
  endpoint: string | null;
  profile: string | null;
  by: Bucket['by'];
}): Promise<S3> {
  const endpoint = place.endpoint ?? ENDPOINT;
  if (place.profile !== null || process.env.AWS_ACCESS_KEY_ID?.startsWith('GOOG'))
    return s3Client({ endpoint, region: 'auto', pathStyle: true, profile: place.profile });
  if (leavesHostBare(endpoint)) throw bareToken(endpoint, place.by);
  return once(`gs ${endpoint}`, () => make(endpoint, place.by));
}

/** What is signed with a key may go so; whoever reads a token has it. */
function leavesHostBare(endpoint: string): boolean {
  const { protocol, hostname } = new URL(endpoint);
  return protocol === 'http:' && !isLoopback(hostname.replace(/^\[|\]$/g, ''));
}

function bareToken(endpoint: string, by: Bucket['by']): SlipwayError {
  return bucketTrouble('bucket_credentials', {
    message: `${endpoint}: a token would be sent without TLS`,
    hint: 'write https://, or name a profile with HMAC keys; nothing was sent',
    next: by === 'agent' ? 'slipway config apply' : 'slipway publish --help',
  });
}

async function make(endpoint: string, by: Bucket['by']): Promise<S3> {
  const [{ sdk }, { tokens }] = await Promise.all([import('./s3-sdk.ts'), import('./gcs-token.ts')]);
  const token = tokens();
  const client = new sdk.S3Client({
    ...connections(),
    endpoint,
    region: 'auto',
    forcePathStyle: true,
    // Nothing is signed with them.
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
    signer: {
      sign: async (request: Message) => {
        request.headers = {
          ...toGoogle(request.headers),
          authorization: `Bearer ${await given(token, { endpoint, by })}`,
        };
        return request;
      },
    } as never,
  });
  client.middlewareStack.add(
    (next) => async (args) => {
      const result = await next(args);
      const response = result.response as Partial<Message> | undefined;
      if (response?.headers) response.headers = fromGoogle(response.headers);
      return result;
    },
    // Nearest to the network: before anything reads the answer.
    { step: 'deserialize', priority: 'low', name: 'googleHeaders' },
  );
  return { client, sdk };
}

/** Conditions are put by the generation of an object, which is its tag here: an ETag is no condition of a write. */
function toGoogle(headers: Record<string, string>): Record<string, string> {
  const google: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (name === 'if-match') google['x-goog-if-generation-match'] = value;
    else if (name === 'if-none-match' && value === '*') google['x-goog-if-generation-match'] = '0';
    else if (name === 'if-none-match') google['x-goog-if-generation-not-match'] = value;
    else if (name === 'x-amz-copy-source-if-match') google['x-goog-copy-source-if-generation-match'] = value;
    else if (/^x-amz-(date|content-sha256|user-agent|security-token|checksum|sdk)/.test(name)) continue;
    else google[name.replace(/^x-amz-/, 'x-goog-')] = value;
  }
  return google;
}

function fromGoogle(headers: Record<string, string>): Record<string, string> {
  const amazon: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) amazon[name.replace(/^x-goog-/, 'x-amz-')] = value;
  const generation = headers['x-goog-generation'];
  return generation === undefined ? amazon : { ...amazon, etag: generation };
}

async function given(
  token: () => Promise<string>,
  { endpoint, by }: { endpoint: string; by: Bucket['by'] },
): Promise<string> {
  try {
    return await token();
  } catch (error) {
    const { credentials } = nextCommands({ scheme: 'gs', bucket: '', endpoint, profile: null, by });
    throw bucketTrouble('bucket_credentials', {
      message: `${endpoint}: no token is to be had (${messageOf(error).split('\n')[0]})`,
      hint: `GOOGLE_APPLICATION_CREDENTIALS names the file of a service account, or the instance has an account of its own; ${UNCHANGED}`,
      next: credentials,
      cause: error,
    });
  }
}
