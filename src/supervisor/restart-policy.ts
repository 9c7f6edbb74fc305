/** When a process that ended unexpectedly is started again (`restart` of the configuration). */
export interface RestartPolicy {
  /** The first restart waits so long; the second waits 1 s, and each one after it twice as long as the one before. */
  delayMs: number;
  maxDelayMs: number;
  /** A run that lasted so long makes the next crash the first again. */
  resetAfterMs: number;
  /** Crashes in a row after which it is given up; null for never. */
  maxRetries: number | null;
}

export type RestartDecision = { restart: true; delayMs: number } | { restart: false };

/** `crashes`: unexpected exits in a row, this one included (1 or more). */
export function decideRestart(policy: RestartPolicy, crashes: number): RestartDecision {
  if (policy.maxRetries !== null && crashes > policy.maxRetries) return { restart: false };
  if (crashes <= 1) return { restart: true, delayMs: Math.min(policy.delayMs, policy.maxDelayMs) };
  const doubled = 1000 * 2 ** Math.min(crashes - 2, 40);
  return { restart: true, delayMs: Math.min(Math.max(policy.delayMs, doubled), policy.maxDelayMs) };
}
