import { GoogleAuth } from 'google-auth-library';

const SCOPE = 'https://www.googleapis.com/auth/devstorage.read_write';

/**
 * Gives tokens by Google's default chain: GOOGLE_APPLICATION_CREDENTIALS (a service account, or workload identity), what
 * `gcloud auth application-default login` has left, else the instance's own account. One is used until shortly before its end.
 */
export function tokens(): () => Promise<string> {
  const auth = new GoogleAuth({ scopes: SCOPE });
  return async () => (await auth.getAccessToken()) ?? '';
}
