import { registerSecret } from '../kernel/index.ts';
import type { AccessContext } from './context.ts';
import { isBcrypt } from './passwords.ts';
import type { Users } from './users.ts';

const NAME = 'admin';

/**
 * DEPLOYEX_ADMIN_HASHED_PASSWORD makes the user `admin`, where there is none. Once: where that user was removed, the variable
 * that still stands there does not bring him again. Gives in words what was done, or why nothing was; null: nothing is to be
 * said.
 */
export function makeGivenAdmin(hash: string, context: AccessContext, users: Users): string | null {
  registerSecret(hash);
  if (users.byName(NAME)) return null;
  if (!isBcrypt(hash))
    return 'DEPLOYEX_ADMIN_HASHED_PASSWORD is no hash of bcrypt ($2b$ or $2y$, cost 4 to 15): no user is made of it';
  const { journal, clock } = context;
  const isNew = journal.decide('the user admin is given by the environment', ({ access }) => {
    if (!access.addGivenPassword(hash)) return false;
    access.addUser({
      ...{ name: NAME, role: 'admin', apps: null, password: hash, createdAt: clock.now(), lastLogInAt: null },
      ...{ totp: null, totpConfirmed: false, totpStep: 0 },
    });
    return true;
  });
  return isNew
    ? 'the user admin has the password of DEPLOYEX_ADMIN_HASHED_PASSWORD'
    : 'the user admin was removed: DEPLOYEX_ADMIN_HASHED_PASSWORD does not bring him again';
}
