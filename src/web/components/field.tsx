import type { ComponentChildren } from 'preact';
import { useEffect, useId, useRef } from 'preact/hooks';

interface Given {
  class?: string;
  name?: string;
  type?: 'text' | 'password' | 'number';
  value: string;
  autocomplete?: string;
  autocapitalize?: 'none';
  spellcheck?: boolean;
  autofocus?: boolean;
  required?: boolean;
  readOnly?: boolean;
  placeholder?: string;
  'aria-invalid'?: boolean;
}

/** A labelled field of one line. */
export function Field(
  props: Given & { label: string; help?: ComponentChildren; onText: (text: string) => void },
) {
  const { label, help, onText, autofocus = false, ...input } = props;
  const id = useId();
  const field = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autofocus) field.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        ref={field}
        autofocus={autofocus}
        class="input"
        {...(input as object)}
        id={id}
        aria-describedby={help === undefined ? undefined : `${id}-help`}
        onInput={(event) => onText(event.currentTarget.value)}
      />
      {help !== undefined && (
        <span id={`${id}-help`} class="help">
          {help}
        </span>
      )}
    </div>
  );
}
