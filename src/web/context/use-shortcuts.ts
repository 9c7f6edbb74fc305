import { useEffect } from 'preact/hooks';
import type { Shortcut } from '../models/index.ts';
import { useSlipway } from './slipway.ts';

/** Keys that do something for as long as the component is there. */
export function useShortcuts(shortcuts: readonly Shortcut[], key: unknown): void {
  const { keys } = useSlipway();
  useEffect(() => keys.add(shortcuts), [key]);
}
