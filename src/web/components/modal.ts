import { useLayoutEffect, useRef } from 'preact/hooks';

/**
 * Opens a dialog of the browser's for as long as it is there. It is closed before it goes, as only then the focus returns to
 * where it was. `onClose` is told once, when the reader closes it: at his key, for the browser tells of its end only in a
 * later turn, when the next key may have opened something else.
 */
export function useModal(onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGoing = useRef(false);
  const go = () => {
    if (isGoing.current) return;
    isGoing.current = true;
    onClose();
  };
  // Not after the next paint: what is typed meanwhile is for the dialog.
  useLayoutEffect(() => {
    const { current } = dialog;
    if (current === null) return;
    if (!current.open) current.showModal();
    return () => {
      isGoing.current = true;
      current.close();
    };
  }, []);
  return {
    ref: dialog,
    onCancel: (event: Event) => {
      if (event.target === dialog.current) go();
    },
    onClose: go,
    /** What is around it belongs to it, too: there it is closed. */
    onMouseDown: (event: MouseEvent) => {
      if (event.target === dialog.current) onClose();
    },
  };
}
