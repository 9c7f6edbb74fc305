import type { Caller } from '../../api/index.ts';
import type { App } from '../../app/index.ts';
import { messageOf, SlipwayError } from '../../kernel/index.ts';
import type { Front } from './front.ts';

/**
 * Has the proxy answer 503 for an app, or ends that. Says what was done.
 * @throws SlipwayError `usage` where the proxy sends nothing to it; `maintenance_failed` where it cannot be written down
 */
export async function setMaintenance(
  { context }: App,
  { front, on, caller }: { front: Front; on: boolean; caller: Caller },
): Promise<string> {
  const { id } = context;
  if (!front.isBefore(id))
    throw new SlipwayError('usage', {
      message: `${id} has no domains: nothing is in front of it that could answer`,
      hint: 'nothing was changed; docs/proxy.md says how the proxy is set up',
      next: 'slipway config show',
    });
  if (!on && !front.isInMaintenance(id)) return `${id} is not in maintenance`;
  try {
    await front.setMaintenance(id, on);
  } catch (error) {
    throw new SlipwayError('maintenance_failed', {
      message: `maintenance of ${id} could not be switched ${on ? 'on' : 'off'}: ${messageOf(error)}`,
      hint: 'nothing was changed',
      cause: error,
    });
  }
  const message = on
    ? `${id} is in maintenance: the proxy answers 503; what runs of it goes on`
    : `${id} is out of maintenance`;
  context.log({ type: 'maintenance', message: `${message} (${caller.actor})` });
  return message;
}
