/** Why a step is aborted where only the agent ends: what it has started goes on, and the next agent finds it. */
export class AgentEnds extends Error {
  constructor() {
    super('the agent ends');
  }
}
