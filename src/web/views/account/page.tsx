import { PageHead, ProblemBox } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createAccount } from '../../models/index.ts';
import { PasskeySection } from './passkeys.tsx';
import { PasswordSection } from './password.tsx';
import { PreferencesSection } from './preferences.tsx';
import { SessionsSection } from './sessions.tsx';
import { TotpSection } from './totp.tsx';

/** What one can change about oneself, and about how the pages look. */
export function Page() {
  const { session } = useSlipway();
  const model = useModel((slipway) => createAccount(slipway));
  const me = session.me.value;
  if (me === null) return null;
  const isUser = me.kind === 'user';
  return (
    <>
      <PageHead title={me.user} about={`${me.role} of ${me.apps === null ? 'all apps' : me.apps.join(', ')}`}>
        {isUser && (
          <button type="button" class="button" onClick={() => void model.logOut.run()}>
            Log out
          </button>
        )}
      </PageHead>
      <ProblemBox problem={model.logOut.problem.value} />
      <PreferencesSection />
      {isUser && <PasswordSection model={model} />}
      {isUser && <TotpSection model={model} me={me} />}
      {isUser && <PasskeySection model={model} me={me} />}
      {isUser && <SessionsSection model={model} />}
    </>
  );
}
