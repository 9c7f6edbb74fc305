import { GoogleAuth } from 'google-auth-library';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import type { Store, StoreOptions } from './store.ts';

const ENDPOINT = 'https://secretmanager.googleapis.com';
const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';
const ANSWER_MAX_BYTES = 256 * 1024;

/**
 * GCP Secret Manager (REST reference, "projects.secrets.versions.access"): the latest version of each secret, or the one
 * that `name/versions/3` names. Credentials as Google's libraries find them: GOOGLE_APPLICATION_CREDENTIALS, `gcloud`, the
 * machine's service account.
 */
export async function gcpStore(options: Extract<StoreOptions, { type: 'gcp' }>): Promise<Store> {
  const { endpoint, prefix } = options;
  const auth = new GoogleAuth({
    scopes: [SCOPE],
    ...(options.project !== null && { projectId: options.project }),
  });
  const address = `GCP Secret Manager${options.project === null ? '' : ` of ${options.project}`}`;
  return {
    address,
    isLocal: false,
    async read(name, signal) {
      const id = `${prefix}${name}`;
      const { project, headers } = await credentials(auth, { id, address });
      const version = id.includes('/versions/') ? id : `${id}/versions/latest`;
      const url = `${endpoint ?? ENDPOINT}/v1/projects/${project}/secrets/${version}:access`;
      const response = await fetch(url, { headers, signal, redirect: 'error' }).catch((error: unknown) => {
        const { cause } = error as { cause?: unknown };
        throw unreachable({ id, address }, messageOf(cause ?? error));
      });
      const body = await bodyOf(response);
      if (response.ok) return textOf(id, body);
      throw refusal(response.status, body, { id, address, project });
    },
  };
}

interface Asked {
  id: string;
  address: string;
}

async function credentials(auth: GoogleAuth, { id, address }: Asked) {
  try {
    const [project, headers] = await Promise.all([auth.getProjectId(), auth.getRequestHeaders()]);
    return { project, headers };
  } catch (error) {
    throw new SlipwayError('secret_denied', {
      message: `${address} does not let this host read the secret ${id}: there are no credentials`,
      hint: messageOf(error).split('\n', 1)[0] ?? '',
      next: "gcloud auth application-default print-access-token   (or GOOGLE_APPLICATION_CREDENTIALS of the agent, or the machine's service account)",
      cause: error,
    });
  }
}

/** Of an answer that is longer, there is nothing in the rest. */
async function bodyOf(response: Response): Promise<unknown> {
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk, { stream: true });
    if (text.length > ANSWER_MAX_BYTES) break;
  }
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function textOf(id: string, body: unknown): string {
  const { data } = (body as { payload?: { data?: unknown } } | null)?.payload ?? {};
  try {
    if (typeof data === 'string')
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(Buffer.from(data, 'base64'));
  } catch {
    // Told below.
  }
  throw new SlipwayError('secret_malformed', { message: `the secret ${id} is no UTF-8 text` });
}

function refusal(status: number, body: unknown, asked: Asked & { project: string }): SlipwayError {
  const { id, address, project } = asked;
  const said = (body as { error?: { message?: unknown } } | null)?.error?.message;
  const hint = typeof said === 'string' && said !== '' ? said : `it answered ${status}`;
  const of = `${id.split('/', 1)[0]} --project=${project}`;
  // FAILED_PRECONDITION: the version is disabled or destroyed.
  if (status === 404 || status === 400)
    return new SlipwayError('secret_missing', {
      message: `${address} has no secret ${id}`,
      hint,
      next: `gcloud secrets versions list ${of}`,
    });
  if (status === 401 || status === 403)
    return new SlipwayError('secret_denied', {
      message: `${address} does not let this host read the secret ${id}`,
      hint,
      next: `gcloud secrets get-iam-policy ${of}   (the agent's account needs roles/secretmanager.secretAccessor)`,
    });
  return unreachable({ id, address }, hint);
}

function unreachable({ id, address }: Asked, hint: string): SlipwayError {
  return new SlipwayError('secret_unreachable', {
    message: `the secret ${id} cannot be read from ${address}`,
    hint,
    next: `curl -sS -o /dev/null ${ENDPOINT}`,
  });
}
