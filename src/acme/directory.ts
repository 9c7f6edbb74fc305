/** Names that stand for a directory, which is where an authority says what it can be asked. */
const NAMED: Readonly<Record<string, string>> = {
  letsencrypt: 'https://acme-v02.api.letsencrypt.org/directory',
  'letsencrypt-staging': 'https://acme-staging-v02.api.letsencrypt.org/directory',
};

/** `letsencrypt`, or an address, which it is already. */
export function directoryUrl(text: string): string {
  return NAMED[text] ?? text;
}
