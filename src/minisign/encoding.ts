/** Standard base64 of exactly `bytes` bytes, written as an encoder writes it; null for anything else. */
export function fromBase64(text: string, bytes: number): Buffer | null {
  // Node reads over what is none, and two texts must not stand for one key.
  const decoded = Buffer.from(text, 'base64');
  return decoded.length === bytes && decoded.toString('base64') === text ? decoded : null;
}

/** The number of a key as minisign shows it: its eight bytes are a little-endian number. */
export function keyIdText(id: Uint8Array): string {
  return Buffer.from(id).reverse().toString('hex').toUpperCase();
}
