import { SlipwayError } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';

/** Ends the agent that runs, and its apps. False where none runs. */
export async function endRunningAgent(session: Session): Promise<boolean> {
  const client = await session.client();
  try {
    const done = await client.endAgent();
    printData(session.output, done, () => done.message);
    return true;
  } catch (error) {
    if (error instanceof SlipwayError && error.code === 'agent_unreachable') return false;
    throw error;
  }
}
