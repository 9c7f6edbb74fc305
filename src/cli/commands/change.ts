import type { Client, Done } from '../../api/index.ts';
import { withShortCommits } from '../../wording/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';

export const cancel = (session: Session, id: number) => change(session, (client) => client.cancel({ id }));

export const promote = (session: Session, id: number) => change(session, (client) => client.promote({ id }));

export const pin = (session: Session, app: string, version: string) =>
  change(session, (client) => client.pin({ app, version }));

export const unpin = (session: Session, app: string) => change(session, (client) => client.unpin({ app }));

export const ghost = (session: Session, app: string, version: string) =>
  change(session, (client) => client.ghost({ app, version }));

export const unghost = (session: Session, app: string, version: string) =>
  change(session, (client) => client.unghost({ app, version }));

export const maintenance = (session: Session, app: string, state: 'on' | 'off') =>
  change(session, (client) => client.setMaintenance({ app, on: state === 'on' }));

async function change(session: Session, call: (client: Client) => Promise<Done>): Promise<void> {
  const done = await call(await session.client());
  printData(session.output, done, () => withShortCommits(done.message));
}
