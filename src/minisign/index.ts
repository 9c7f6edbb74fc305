export { digestOf } from './digest.ts';
export { type PublicKey, parsePublicKey } from './public-key.ts';
export { type SecretKey, makeSecretKey, parseSecretKey, secretKeyText } from './secret-key.ts';
export { sign } from './sign.ts';
export { SIGNATURE_MAX_BYTES } from './signature.ts';
export { type Verified, verify } from './verify.ts';
