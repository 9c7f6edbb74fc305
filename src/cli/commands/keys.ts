import fs from 'node:fs';
import { errnoOf, SlipwayError } from '../../kernel/index.ts';
import { makeSecretKey, secretKeyText } from '../../minisign/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { signingPassword } from '../signing-password.ts';

/** Made here; no agent need run. */
export async function make(
  session: Session,
  file: string,
  { password: hasPassword = true }: { password?: boolean },
) {
  const publicFile = `${file}.pub`;
  for (const each of [file, publicFile]) if (fs.existsSync(each)) throw isThere(each);
  const password = hasPassword ? await newPassword(session) : null;
  const key = makeSecretKey();
  write(file, await secretKeyText(key, { password }), 0o600);
  write(publicFile, `untrusted comment: minisign public key\n${key.publicKey}\n`, 0o644);
  const made = { public_key: key.publicKey, secret_key_file: file, public_key_file: publicFile };
  printData(session.output, made, () =>
    [
      `made ${file}, the key to sign with: keep it where releases are made, and nowhere else`,
      `made ${publicFile}, by which signatures are checked. In the configuration of the hosts:`,
      '',
      'signing:',
      `  keys: [${key.publicKey}]`,
    ].join('\n'),
  );
}

async function newPassword(session: Session): Promise<string> {
  const first = await signingPassword(session, 'password of the new key');
  if (first === '')
    throw new SlipwayError('usage', {
      message: 'an empty password is none',
      hint: 'nothing was made',
      next: 'slipway keys make FILE --no-password',
    });
  if (first === (await signingPassword(session, 'the same again'))) return first;
  throw new SlipwayError('usage', { message: 'the two passwords differ', hint: 'nothing was made' });
}

function write(file: string, text: string, mode: number): void {
  try {
    fs.writeFileSync(file, text, { flag: 'wx', mode, flush: true });
  } catch (error) {
    throw errnoOf(error) === 'EEXIST' ? isThere(file) : error;
  }
}

function isThere(file: string): SlipwayError {
  return new SlipwayError('signing_key_refused', {
    message: `${file} is there already, and a key is never written over`,
    hint: 'nothing was made',
    next: `ls -l ${file}`,
  });
}
