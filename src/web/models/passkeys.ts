import type { Client } from '../client/index.ts';

/** What the browser asks its user for; loaded when it is used, as few do. */
async function webAuthn() {
  return await import('@simplewebauthn/browser');
}

/** Whether the browser can do it here: not over plain HTTP from another host. */
export function knowsPasskeys(): boolean {
  return 'PublicKeyCredential' in globalThis;
}

export async function logInByPasskey(
  client: Pick<Client, 'passkeyOptions' | 'passkeyLogIn'>,
  ticket: string | null,
) {
  const { startAuthentication } = await webAuthn();
  const given = ticket === null ? {} : { ticket };
  const optionsJSON = (await client.passkeyOptions(given)) as never;
  const response = await startAuthentication({ optionsJSON });
  return await client.passkeyLogIn({ response: { ...response }, ...given });
}

export async function makePasskey(client: Pick<Client, 'passkeyRegistration' | 'addPasskey'>, name: string) {
  const { startRegistration } = await webAuthn();
  const optionsJSON = (await client.passkeyRegistration()) as never;
  const response = await startRegistration({ optionsJSON });
  return await client.addPasskey({ name, response: { ...response } });
}
