import { SlipwayError } from '../kernel/index.ts';

/** How the agent is connected to an Erlang node. */
export interface NodeStatus {
  /** `name@host` */
  node: string;
  connected: boolean;
  /** Both sides have shown a certificate that the other one checked. */
  tls: boolean;
  /** Why it is not connected. */
  reason: string | null;
}

export function noNode(label: string): SlipwayError {
  return new SlipwayError('usage', {
    message: `${label} is no Erlang node`,
    hint: 'only instances of Elixir and Erlang releases are',
  });
}
