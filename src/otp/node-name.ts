import { SlipwayError } from '../kernel/index.ts';

/** The two halves of a node name, `alive@host`. */
export interface NodeName {
  /** What epmd knows the node by. */
  readonly alive: string;
  readonly host: string;
}

// An atom holds 255 characters. Of the letters, ASCII alone means the same to epmd (UTF-8) and in the handshake (Latin-1).
const NODE_NAME = /^([\x21-\x3f\x41-\x7e]+)@([\x21-\x3f\x41-\x7e]+)$/;
const MAX_LENGTH = 255;

/** Takes `shop-1@host` apart. Throws `otp_name`. */
export function parseNodeName(name: string): NodeName {
  const [, alive, host] = NODE_NAME.exec(name) ?? [];
  if (alive === undefined || host === undefined || name.length > MAX_LENGTH)
    throw new SlipwayError('otp_name', {
      message: `${JSON.stringify(name.slice(0, MAX_LENGTH))} is no name of an Erlang node`,
      hint: 'a name is <name>@<host>, of visible ASCII characters, 255 at most',
    });
  return { alive, host };
}
