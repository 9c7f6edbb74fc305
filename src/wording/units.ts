const DURATION_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const SIZE_BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3, TB: 1024 ** 4 } as const;

/** `500ms`, `5s`, `10m`, `1h`, `2d`, fractions too, to milliseconds. Null where it is none. */
export function parseDuration(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(text.trim());
  if (!match) return null;
  const ms = Math.round(Number(match[1]) * DURATION_MS[match[2] as keyof typeof DURATION_MS]);
  return Number.isSafeInteger(ms) ? ms : null;
}

/** `64MB`, `1.5GB`, `512KB`, `100B`, to bytes (powers of 1024). Null where it is none. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)\s*(B|KB|MB|GB|TB)$/i.exec(text.trim());
  if (!match) return null;
  const bytes = Math.round(Number(match[1]) * SIZE_BYTES[match[2]?.toUpperCase() as keyof typeof SIZE_BYTES]);
  return Number.isSafeInteger(bytes) ? bytes : null;
}

/** `12ms`, `1.4s`, `2m 05s`, `3h 12m`, `4d 2h`. */
export function formatDuration(ms: number): string {
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}ms`;
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)}s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m ${String(seconds % 60).padStart(2, '0')}s`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)}h ${String(Math.floor(seconds / 60) % 60).padStart(2, '0')}m`;
  return `${Math.floor(seconds / 86_400)}d ${Math.floor(seconds / 3600) % 24}h`;
}

/** `0 B`, `12.3 KB`, `64 MB`. Powers of 1024. */
export function formatSize(bytes: number): string {
  let value = bytes;
  for (const unit of ['B', 'KB', 'MB', 'GB', 'TB']) {
    if (value < 1024 || unit === 'TB')
      return `${unit === 'B' || value >= 100 ? Math.round(value) : Number(value.toFixed(1))} ${unit}`;
    value /= 1024;
  }
  return `${bytes} B`;
}
