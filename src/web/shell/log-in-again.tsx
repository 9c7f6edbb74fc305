import { Dialog, LogInForm } from '../components/index.ts';
import { useModel, useSlipway } from '../context/index.ts';
import { createLogIn } from '../models/index.ts';
import { comeBack } from './session-start.ts';

/** The session has ended while a page was open: it stays as it is beneath, with all that was typed. */
export function LogInAgain() {
  const { session } = useSlipway();
  return session.state.value === 'ended' ? <Asks /> : null;
}

function Asks() {
  const { session } = useSlipway();
  const before = session.me.value?.user ?? '';
  const model = useModel((slipway) => createLogIn(slipway, (me) => comeBack(slipway.session, me)));
  return (
    <Dialog title="Log in again" onClose={session.closed}>
      <div class="dialog-body">
        <p class="muted">Your session has ended. This page is left as it is.</p>
        <LogInForm model={model} user={before} />
      </div>
    </Dialog>
  );
}
