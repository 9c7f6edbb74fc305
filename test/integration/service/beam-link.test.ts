import { expect, onTestFinished, test } from 'vitest';
import { systemClock } from '../../../src/kernel/index.ts';
import { Connection } from '../../../src/otp/index.ts';
import { BeamLink } from '../../../src/service/beam-link.ts';
import { ourName, untilSeen } from '../../support/erlang-connection.ts';
import { startErlangNode } from '../../support/erlang-node.ts';
import { waitFor } from '../../support/wait-for.ts';

test('a link that is closed at the very moment in which it is connected leaves no connection', async () => {
  const node = await startErlangNode();
  const target = {
    local: ourName(),
    peer: node.name,
    cookie: node.cookie,
    tls: null,
    epmdPort: node.epmd.port,
  };
  const link = new BeamLink({ run: '1', peer: node.name, clock: systemClock, target: async () => target });
  const { open } = Connection;
  onTestFinished(() => {
    Connection.open = open;
  });
  const opened = Promise.withResolvers<Connection>();
  Connection.open = async (options) => {
    const connection = await open(options);
    onTestFinished(() => connection.close());
    await untilSeen(node, target.local).catch(opened.reject);
    link.close();
    opened.resolve(connection);
    return connection;
  };
  link.retryNow();
  await opened.promise;
  await waitFor('the node to see nobody', async () => (await node.evaluate('nodes(hidden)')) === '[]');
  expect(link.open).toBeNull();
  expect(link.status.connected).toBe(false);
});
