import { useEffect, useMemo } from 'preact/hooks';
import { useShortcuts, useSlipway } from '../context/index.ts';
import { KeyList } from './key-list.tsx';
import { Palette } from './palette/index.ts';

/** Everything can be done by keyboard: the palette, the keys of the frame, and what a page adds to them. */
export function Keyboard({ open }: { open: { value: 'palette' | 'keys' | null } }) {
  const { keys, router, preferences } = useSlipway();
  const show = (what: 'palette' | 'keys') => {
    open.value = what;
  };
  const frame = useMemo(
    () => [
      ...PLACES.map(([key, text, href]) => ({
        keys: `g ${key}`,
        text: `To ${text}`,
        run: () => router.go(href),
      })),
      { keys: '/', text: 'To the filter', run: focusFilter },
      {
        keys: 'x',
        text: 'Times exactly, or how long ago',
        run: () => {
          preferences.times.value = preferences.times.value === 'exact' ? 'relative' : 'exact';
        },
      },
      { keys: '?', text: 'These keys', run: () => show('keys') },
    ],
    [],
  );
  useShortcuts(frame, frame);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      if ((event.metaKey || event.ctrlKey) && !event.altKey && event.key.toLowerCase() === 'k') {
        event.preventDefault();
        if (document.querySelector('dialog[open]') === null) show('palette');
        return;
      }
      if (event.metaKey || event.ctrlKey || event.altKey || isTyping(event.target)) return;
      if (document.querySelector('dialog[open], [popover]:popover-open') !== null) return;
      if (keys.press(event.key)) event.preventDefault();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, []);
  const close = () => {
    open.value = null;
  };
  return (
    <>
      {open.value === 'palette' && <Palette onClose={close} />}
      {open.value === 'keys' && <KeyList onClose={close} />}
    </>
  );
}

const PLACES = [
  ['o', 'the overview', '/'],
  ['t', 'the timeline', '/timeline'],
  ['l', 'the logs', '/logs'],
  ['h', 'the host', '/host'],
  ['a', 'the audit', '/audit'],
  ['u', 'the users', '/users'],
  ['m', 'your account', '/account'],
] as const;

function focusFilter(): void {
  document.querySelector<HTMLElement>('[data-key="/"]')?.focus();
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof Element && target.closest('input, textarea, select, [contenteditable], .xterm') !== null
  );
}
