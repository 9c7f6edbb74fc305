import { effect } from '@preact/signals';
import type { Slipway } from '../context/index.ts';
import { icons } from '../icons/index.ts';
import { findPage } from './routes.ts';

const MARKS = { good: '', quiet: '', moving: '◐ ', bad: '▲ ' };

/** Title and icon of the tab tell the worst state of all apps, also while another tab is looked at. */
export function showInTab(document: Document, { router, status, feed }: Slipway): () => void {
  const host = document.location.hostname;
  return effect(() => {
    const found = findPage(router.place.value.path);
    const isDown = feed.state.value.is === 'down';
    const tone = isDown ? 'quiet' : status.tone.value;
    const name = found === null ? 'No such page' : found.route.title(found.parameters);
    document.title = `${isDown ? '✕ ' : MARKS[tone]}${name} · ${host} · Slipway`;
    document.querySelector('link[rel=icon]')?.setAttribute('href', icons[tone]);
  });
}
