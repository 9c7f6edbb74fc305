import type { StopSettings } from '../../supervisor/index.ts';

/** Ends a shell as a terminal does that is closed. */
export const HANG_UP: StopSettings = { signal: 'SIGHUP', graceMs: 2000, to: 'all' };
