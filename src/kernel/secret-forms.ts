/** Encoded, shorter ones would be found in ordinary text. */
const ENCODED_MIN_BYTES = 8;

/** How a secret may look where a program prints it encoded; the secret itself is none of them. */
export function encodedForms(secret: string): string[] {
  const bytes = Buffer.from(secret);
  if (bytes.length < ENCODED_MIN_BYTES) return [];
  const forms = new Set([
    ...base64Forms(bytes),
    bytes.toString('hex'),
    bytes.toString('hex').toUpperCase(),
    ...urlForms(secret),
    ...jsonForms(secret),
  ]);
  forms.delete(secret);
  return [...forms];
}

/** A secret in a longer text begins at any byte of a group of three: three forms, less what neighbours decide. */
function base64Forms(bytes: Buffer): string[] {
  return [0, 1, 2].flatMap((before) => {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    const encoded = shifted
      .toString('base64')
      .replaceAll('=', '')
      .slice(Math.ceil((before * 8) / 6));
    const isWhole = shifted.length % 3 === 0;
    // The last character is another one where something follows, so a form without it is looked for as well.
    const forms = isWhole ? [encoded] : [encoded, encoded.slice(0, -1)];
    return [...forms, ...forms.map((form) => form.replaceAll('+', '-').replaceAll('/', '_'))];
  });
}

/** A secret in a URL is as in JavaScript, by RFC 3986 to the letter, as in a form, and each with small letters. */
function urlForms(secret: string): string[] {
  const encoded = encodeURIComponent(secret.toWellFormed());
  const strict = encoded.replace(/[!'()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  const forms = [encoded, strict, encoded.replaceAll('%20', '+'), strict.replaceAll('%20', '+')];
  return [...forms, ...forms.map((form) => form.replace(/%[0-9A-F]{2}/g, (byte) => byte.toLowerCase()))];
}

/** A secret in JSON is as in JavaScript, with `\/` as in PHP, with nothing but ASCII as in Python, and both. */
function jsonForms(secret: string): string[] {
  const encoded = JSON.stringify(secret).slice(1, -1);
  const ascii = encoded.replace(
    /[\x7f-\uffff]/g,
    (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return [encoded, ascii, encoded.replaceAll('/', '\\/'), ascii.replaceAll('/', '\\/')];
}
