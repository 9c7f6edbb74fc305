import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import { Connection, type ConnectOptions } from '../../src/otp/index.ts';
import { type ErlangNode, SHORT_HOST } from './erlang-node.ts';
import { waitFor } from './wait-for.ts';

/** A connection of ours to a test node, under a name of its own; closed with the test. Where several tests share it pass what `setUpAll` gives. */
export async function connectTo(
  node: Pick<ErlangNode, 'name' | 'cookie' | 'epmd'>,
  options: Partial<ConnectOptions> = {},
  cleanUp: (fn: () => void) => void = onTestFinished,
): Promise<Connection> {
  const connection = await Connection.open({
    local: ourName(),
    peer: node.name,
    cookie: node.cookie,
    epmdPort: node.epmd.port,
    tls: null,
    timeoutMs: 60_000,
    ...options,
  });
  cleanUp(() => connection.close());
  return connection;
}

/** A node is through with the handshake a moment after we are. */
export async function untilSeen(node: Pick<ErlangNode, 'evaluate'>, name: string): Promise<void> {
  await waitFor('the node to see us', async () => (await node.evaluate('nodes(hidden)')).includes(name));
}

export function ourName(): string {
  return `o${randomBytes(6).toString('hex')}@${SHORT_HOST}`;
}
