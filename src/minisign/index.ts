export { digestOf } from './digest.ts';
export { type PublicKey, parsePublicKey } from './public-key.ts';
export { makeSecretKey, parseSecretKey, type SecretKey, secretKeyText } from './secret-key.ts';
export { sign } from './sign.ts';
export { verify } from './verify.ts';
