import { useEffect } from 'preact/hooks';
import { Gate, LogInForm } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createLogIn } from '../../models/index.ts';

/** The way in. It leads on to where the reader was going. */
export function Page({ query }: { query: URLSearchParams }) {
  const { session, router } = useSlipway();
  const next = query.get('next') ?? '/';
  const model = useModel((slipway) => createLogIn(slipway, (me) => slipway.session.opened(me)));
  const isOpen = session.state.value === 'open';
  useEffect(() => {
    // Never back to where there is a log-in only.
    if (isOpen) router.go(/^\/(?!\/|log-in|invitation)/.test(next) ? next : '/', { replace: true });
  }, [isOpen, next]);
  return (
    <Gate title="Log in to Slipway">
      <LogInForm model={model} />
      <p class="muted small">
        No way in? On the host, <code>slipway user invite</code> prints a link.
      </p>
    </Gate>
  );
}
