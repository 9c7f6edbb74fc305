import { useSignal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import { Gate, Icon, ProblemBox } from '../components/index.ts';
import { useSlipway } from '../context/index.ts';
import { Brand } from './brand.tsx';
import { Keyboard } from './keyboard.tsx';
import { LogInAgain } from './log-in-again.tsx';
import { Navigation } from './navigation.tsx';
import { findPage } from './routes.ts';
import { lookAtSession, unknownBecause } from './session-start.ts';
import { StaleNote } from './stale-note.tsx';
import { ToastList } from './toast-list.tsx';
import { View } from './view.tsx';

/** Everything around a page, or the page alone where it is for who is not logged in. */
export function Frame() {
  const { router, session, feed } = useSlipway();
  const { path } = router.place.value;
  const route = findPage(path)?.route;
  const [menu, setMenu] = useState(false);
  const overlay = useSignal<'palette' | 'keys' | null>(null);
  const find = () => {
    overlay.value = 'palette';
  };
  useEffect(() => setMenu(false), [path]);
  if (route?.open)
    return (
      <>
        <View />
        <ToastList />
      </>
    );
  if (session.state.value === 'unknown') return <Unknown />;
  if (session.state.value === 'none') return null;
  return (
    <div class={feed.state.value.is === 'down' ? 'frame stale' : 'frame'}>
      <a class="skip" href="#main">
        To the content
      </a>
      <header class="top">
        <Brand />
        <button type="button" class="top-button" aria-label="Go to" onClick={find}>
          <Icon name="search" size={20} />
        </button>
        <button
          type="button"
          class="top-button"
          aria-label="Menu"
          aria-expanded={menu}
          aria-controls="navigation"
          onClick={() => setMenu(!menu)}
        >
          <Icon name={menu ? 'close' : 'menu'} size={20} />
        </button>
      </header>
      <Navigation open={menu} onFind={find} />
      <div class="content">
        <StaleNote />
        <main id="main" tabIndex={-1} class={route?.wide ? 'main wide' : 'main'}>
          <View />
        </main>
      </div>
      <ToastList />
      <Keyboard open={overlay} />
      <LogInAgain />
    </div>
  );
}

/** Nothing can be shown before it is known to whom. */
function Unknown() {
  const slipway = useSlipway();
  if (unknownBecause.value === null) return null;
  return (
    <Gate title="Slipway">
      <ProblemBox problem={unknownBecause.value} retry={() => void lookAtSession(slipway)} />
    </Gate>
  );
}
