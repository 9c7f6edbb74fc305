import { type Signal, signal } from '@preact/signals';

/** Which dialog is open, and what of. */
export type OpenDialog =
  | { is: 'deploy'; version: string | null }
  | { is: 'rollback'; to: number | null }
  | { is: 'restart' | 'stop' | 'start'; instance: string | null }
  | { is: 'pin' | 'ghost' | 'unghost'; version: string }
  | { is: 'unpin' }
  | { is: 'maintenance'; on: boolean }
  | { is: 'cron'; entry: string }
  | { is: 'variable'; of: 'env' | 'secret'; name: string | null }
  | { is: 'unset'; of: 'env' | 'secret'; name: string };

export interface Dialogs {
  open: Signal<OpenDialog | null>;
  show(dialog: OpenDialog): void;
  close(): void;
}

export function createDialogs(): Dialogs {
  const open = signal<OpenDialog | null>(null);
  return {
    open,
    show(dialog) {
      open.value = dialog;
    },
    close() {
      open.value = null;
    },
  };
}
