import type { ComponentChildren } from 'preact';

/** The page of who is not in yet: the mark, and one thing to do. */
export function Gate({ title, children }: { title: string; children: ComponentChildren }) {
  return (
    <main id="main" class="gate" tabIndex={-1}>
      <div class="gate-box panel">
        <Mark />
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}

/** A hull on the slope that it leaves by. */
export function Mark({ size = 36 }: { size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" class="mark-of-house">
      <rect width="32" height="32" rx="8" class="ground" />
      <path d="M6 22.5 26 14.2v4.6L6 27z" class="hull" />
      <path d="M10 15.5l11.5-4.8v3.8L10 19.3z" class="hull faint" />
    </svg>
  );
}
