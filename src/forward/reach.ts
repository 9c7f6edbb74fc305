import os from 'node:os';
import type { ForwardConfiguration } from '../config/index.ts';
import { messageOf } from '../kernel/index.ts';
import { targetOf } from './targets.ts';

/** Why a target cannot be reached from here, and what it is called; sends nothing, and starts no program. */
export async function reach(
  configuration: ForwardConfiguration,
  { withinMs }: { withinMs: number },
): Promise<{ target: string; reason: string | null }> {
  const target = targetOf(configuration, {
    ...{ app: '', host: os.hostname() },
    account: async () => null,
    contain: () => {
      throw new Error('nothing is started');
    },
    onLost: () => undefined,
  });
  try {
    await target.reach(AbortSignal.timeout(withinMs));
    return { target: target.name, reason: null };
  } catch (error) {
    return { target: target.name, reason: messageOf(error) };
  }
}
