import { SlipwayError } from '../kernel/index.ts';
import { readSecret } from './read-file.ts';
import type { Store } from './store.ts';

/**
 * The credentials of the agent's unit (systemd.exec(5), "Credentials"): systemd decrypts them into a directory that the unit
 * alone sees, and names it in CREDENTIALS_DIRECTORY. They are as they were when the unit was started.
 */
export function systemdStore({ CREDENTIALS_DIRECTORY: directory }: NodeJS.ProcessEnv): Store {
  return {
    address: 'the credentials of systemd',
    isLocal: true,
    async read(name) {
      const hint = 'the unit gets its credentials when it is started; apps go on meanwhile';
      const next = `systemd-creds encrypt --name=${name} - /etc/credstore.encrypted/${name}   (then name it in the unit by LoadCredentialEncrypted, and: systemctl restart slipway)`;
      if (!directory)
        throw new SlipwayError('secret_missing', {
          message: `the agent has no credential ${name}: systemd gave it none`,
          hint,
          next,
        });
      // Whose they are and who may read them is systemd's to say: with an access list the mode shows a group.
      return readSecret(directory, name, { isPrivate: false, missing: next });
    },
  };
}
