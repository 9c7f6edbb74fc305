import type { Role } from '../../api/index.ts';
import { systemClock } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { tokensView } from '../view/index.ts';

export async function create(
  session: Session,
  { expires, ...options }: { name: string; role: Role; apps?: string[]; expires?: number },
): Promise<void> {
  const { output } = session;
  const created = await (await session.client()).createToken({ ...options, expires_ms: expires });
  printData(output, created, () => created.token);
  if (output.json) return;
  output.err.write(`it is not shown again; to revoke it: slipway token revoke ${created.id}\n`);
}

export async function list(session: Session): Promise<void> {
  const { output } = session;
  const tokens = await (await session.client()).tokens();
  const now = systemClock.now();
  printData(output, tokens, () => tokensView(tokens, { colors: output.out.colors, now }));
}

export async function revoke(session: Session, token: number): Promise<void> {
  const done = await (await session.client()).revokeToken({ token });
  printData(session.output, done, () => done.message);
}
