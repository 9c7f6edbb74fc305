import type { ComponentChildren } from 'preact';
import { Command } from './command.tsx';

/** Nothing is here yet: what would be, and the command that makes it so. */
export function Empty(props: { title: string; command?: string; children?: ComponentChildren }) {
  const { title, command, children } = props;
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children !== undefined && <div>{children}</div>}
      {command !== undefined && <Command text={command} />}
    </div>
  );
}

/** In the place of what is being loaded. */
export function Loading({ lines = 3 }: { lines?: number }) {
  return (
    <div class="panel padded" role="status" aria-label="Loading">
      <div class="loading">
        {Array.from({ length: lines }, (_, line) => (
          <div key={line} class={`skeleton w${(line % 3) + 1}`} />
        ))}
      </div>
    </div>
  );
}
