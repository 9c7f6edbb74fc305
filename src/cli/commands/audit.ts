import type { AuditEntry } from '../../api/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { auditView } from '../view/index.ts';

const DEFAULT_LINES = 100;
/** So many the agent gives at once. */
const PAGE = 1000;

export async function audit(
  session: Session,
  { app, actor, lines = DEFAULT_LINES }: { app?: string; actor?: string; lines?: number },
): Promise<void> {
  const { output } = session;
  const client = await session.client();
  const entries: AuditEntry[] = [];
  while (entries.length < lines) {
    const limit = Math.min(PAGE, lines - entries.length);
    const page = await client.audit({ app, actor, limit, before: entries.at(-1)?.seq });
    entries.push(...page);
    if (page.length < limit) break;
  }
  printData(output, entries, () => auditView(entries, { colors: output.out.colors }));
}
