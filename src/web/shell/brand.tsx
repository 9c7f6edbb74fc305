import { Mark } from '../components/index.ts';

/** Leads home. */
export function Brand() {
  return (
    <a href="/" class="brand">
      <Mark size={22} />
      Slipway
    </a>
  );
}
