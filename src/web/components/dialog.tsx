import type { ComponentChildren } from 'preact';
import { useEffect, useId } from 'preact/hooks';
import type { Action } from '../models/index.ts';
import { Command } from './command.tsx';
import { Icon } from './icon.tsx';
import { useModal } from './modal.ts';
import { ProblemBox } from './problem.tsx';

/** A modal dialog of the browser's own: it holds the focus, gives it back, and Escape closes it. */
export function Dialog(props: {
  title: string;
  onClose: () => void;
  children: ComponentChildren;
  class?: string;
}) {
  const { title, onClose, children } = props;
  const modal = useModal(onClose);
  const id = useId();
  return (
    <dialog {...modal} class={`dialog ${props.class ?? ''}`} aria-labelledby={id}>
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
