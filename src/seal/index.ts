export { seal, unseal } from './cipher.ts';
export { makeKey, makeKeyFrom, readKey } from './key.ts';
