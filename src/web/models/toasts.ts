import { type ReadonlySignal, signal } from '@preact/signals';
import type { Tone } from '../../wording/index.ts';

export interface Toast {
  id: number;
  tone: Tone;
  text: string;
  /** Where to go for more. */
  link: { href: string; text: string } | null;
}

/** Long enough to be read slowly, and one that is pointed at stays; what failed stays until it is closed. */
const SHOWN_MS = 12_000;

export interface Toasts {
  list: ReadonlySignal<readonly Toast[]>;
  say(text: string, options?: { tone?: Tone; link?: Toast['link'] }): void;
  close(id: number): void;
  /** While it is pointed at, or has the focus. */
  hold(id: number): void;
  release(id: number): void;
}

export function createToasts(): Toasts {
  const list = signal<readonly Toast[]>([]);
  const timers = new Map<number, ReturnType<typeof setTimeout>>();
  let last = 0;
  const hold = (id: number) => {
    clearTimeout(timers.get(id));
    timers.delete(id);
  };
  const close = (id: number) => {
    hold(id);
    list.value = list.value.filter((toast) => toast.id !== id);
  };
  const release = (id: number) => {
    hold(id);
    if (list.value.find((toast) => toast.id === id)?.tone !== 'bad')
      timers.set(
        id,
        setTimeout(() => close(id), SHOWN_MS),
      );
  };
  return {
    list,
    close,
    hold,
    release,
    say(text, { tone = 'quiet', link = null } = {}) {
      last += 1;
      list.value = [...list.value.slice(-3), { id: last, tone, text, link }];
      release(last);
    },
  };
}
