import { systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { proxyCertificatesView } from '../view/index.ts';

/** Of the proxy, as the agent has them. */
export async function list({ client, output }: Session): Promise<void> {
  const found = await (await client()).certificates();
  printData(output, found, () =>
    proxyCertificatesView(found, { colors: output.out.colors, now: systemClock.now() }),
  );
}

/** Waits until they are there. */
export async function renew({ client, output }: Session, name: string | undefined): Promise<void> {
  const done = await (await client()).renewCertificates(name === undefined ? {} : { name });
  printData(output, done, () => done.message);
}
