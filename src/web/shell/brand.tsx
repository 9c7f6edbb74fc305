/** The mark: a hull on the slope that it leaves by. */
export function Brand() {
  return (
    <a href="/" class="brand">
      <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="8" fill="var(--strong)" />
        <path d="M6 22.5 26 14.2v4.6L6 27z" fill="var(--on-strong)" />
        <path d="M10 15.5l11.5-4.8v3.8L10 19.3z" fill="var(--on-strong)" opacity="0.6" />
      </svg>
      Slipway
    </a>
  );
}
