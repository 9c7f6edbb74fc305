import { useId, useRef, useState } from 'preact/hooks';
import { Icon } from './icon.tsx';

export interface MenuItem {
  text: string;
  run: () => void;
  danger?: boolean;
}

/** A button that opens a list of what can be done. It is above all else, so that no table cuts it off. */
export function Menu({ label, items }: { label: string; items: readonly MenuItem[] }) {
  const button = useRef<HTMLButtonElement>(null);
  const list = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  const id = useId();

  const entries = () => [...(list.current?.querySelectorAll<HTMLElement>('[role=menuitem]') ?? [])];
  const toggled = (event: { newState: string }) => {
    setOpen(event.newState === 'open');
    if (event.newState !== 'open') return;
    placeBelow(button.current, list.current);
    entries()[0]?.focus();
  };
  const move = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    all.at(to % all.length)?.focus();
  };
  const close = () => {
    list.current?.hidePopover();
    button.current?.focus();
  };
  if (items.length === 0) return null;
  return (
    <>
      <button
        ref={button}
        type="button"
        class="button plain icon small"
        aria-label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        title={label}
        onClick={() => list.current?.togglePopover()}
      >
        <Icon name="more" size={18} />
      </button>
      <div
        ref={list}
        id={id}
        class="menu"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        popover="auto"
        onToggle={toggled}
        onKeyDown={move}
      >
        {items.map(({ text, run, danger }) => (
          <button
            key={text}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={danger ? 'menu-item tone-bad' : 'menu-item'}
            onClick={() => {
              close();
              run();
            }}
          >
            {text}
          </button>
        ))}
      </div>
    </>
  );
}

function placeBelow(button: HTMLElement | null, list: HTMLElement | null): void {
  if (button === null || list === null) return;
  const { right, bottom, top } = button.getBoundingClientRect();
  const { offsetWidth, offsetHeight } = list;
  const fits = bottom + offsetHeight + 8 < innerHeight;
  list.style.setProperty('left', `${Math.max(8, right - offsetWidth)}px`);
  list.style.setProperty('top', `${fits ? bottom + 4 : Math.max(8, top - offsetHeight - 4)}px`);
}
