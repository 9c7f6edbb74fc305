import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';
import type { Action } from '../models/index.ts';
import { Command } from './command.tsx';
import { Icon } from './icon.tsx';
import { ProblemBox } from './problem.tsx';

/** A modal dialog of the browser's own: it holds the focus, gives it back, and Escape closes it. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}) {
  const { title, onClose, children } = props;
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useEffect(() => {
    const { current } = dialog;
    if (current !== null && !current.open) current.showModal();
  }, []);
  const closeOutside = (event: MouseEvent) => {
    if (event.target === dialog.current) onClose();
  };
  return (
    <dialog
      ref={dialog}
      class={`dialog ${props.class ?? ''}`}
      aria-labelledby={id}
      onClose={onClose}
      onMouseDown={closeOutside}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="button plain icon small" aria-label="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      {children}
    </dialog>
  );
}

/**
 * A dialog that asks before something is done, by a button of the name of what is done. `command` is the command line
 * that does the same.
 */
export function ActionDialog<Input>(props: {
  title: string;
  verb: string;
  action: Action<Input>;
  input: Input;
  onClose: () => void;
  command?: string;
  danger?: boolean;
  disabled?: boolean;
  children?: ComponentChildren;
}) {
  const { title, verb, action, input, onClose, command, danger = false, disabled = false, children } = props;
  useEffect(() => action.forget(), [action]);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (await action.run(input)) onClose();
  };
  const busy = action.busy.value;
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={(event) => void submit(event)}>
        <div class="dialog-body">
          {children}
          <ProblemBox problem={action.problem.value} />
          {command !== undefined && <Command text={command} title="The same on the command line" />}
        </div>
        <div class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            {busy ? 'Close' : 'Cancel'}
          </button>
          <button
            type="submit"
            class={`button ${danger ? 'danger' : 'primary'}`}
            disabled={busy || disabled}
            autofocus
          >
            {busy && <span class="spinner" aria-hidden="true" />}
            {verb}
          </button>
        </div>
      </form>
    </Dialog>
  );
}
