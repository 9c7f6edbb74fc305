import type { ConsoleState } from '../models/console/index.ts';

export function ConsoleStateBadge({ state }: { state: ConsoleState }) {
  if (state.is === 'connecting') return <span class="badge tone-moving">connecting</span>;
  if (state.is === 'live') return <span class="badge tone-good">live</span>;
  if (state.is === 'lost') return <span class="badge tone-bad">connection lost, trying again</span>;
  if (state.is === 'refused') return <span class="badge tone-bad">not open</span>;
  return <span class="badge">ended ({state.signal ?? state.status ?? 'unknown'})</span>;
}
