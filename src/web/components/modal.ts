import { useEffect, useRef } from 'preact/hooks';

/**
 * Opens a dialog of the browser's for as long as it is there. It is closed before it goes, as only then the focus returns to
 * where it was; `onClose` is told when the reader closes it, and not of that.
 */
export function useModal(onClose: () => void) {
  const dialog = useRef<HTMLDialogElement>(null);
  const isGoing = useRef(false);
  useEffect(() => {
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
    onClose: () => {
      if (!isGoing.current) onClose();
    },
    /** What is around it belongs to it, too: there it is closed. */
    onMouseDown: (event: MouseEvent) => {
      if (event.target === dialog.current) onClose();
    },
  };
}
