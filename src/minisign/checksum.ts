/** BLAKE2b-256, by which minisign tells a wrong password. Node has that hash with 512 bits alone, which gives other bytes. */
export async function checksumOf(number: Uint8Array, key: Uint8Array): Promise<Buffer> {
  const { blake2b } = await import('@noble/hashes/blake2.js');
  return Buffer.from(blake2b(Buffer.concat([Buffer.from('Ed'), number, key]), { dkLen: 32 }));
}
