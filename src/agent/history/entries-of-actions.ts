import type { AuditRow } from '../../journal/index.ts';
import { type Entry, entry } from './entry.ts';

/** What people did, from the audit; what was refused to them too. */
export function actionEntries(rows: readonly AuditRow[]): (Entry & { verb: string })[] {
  return rows.map((row) => {
    const { at, app, actor, action, subject, outcome, reason } = row;
    const about = subject === null || subject === app ? '' : ` ${withoutApp(subject, app)}`;
    const end = outcome === 'succeeded' ? '' : `: ${outcome}${reason === null ? '' : `, ${reason}`}`;
    const is_bad = outcome === 'failed' || outcome === 'refused';
    const [verb = action] = action.split(' ');
    return {
      ...entry({ at, kind: 'action', app, actor, text: `${actor}: ${action}${about}${end}`, is_bad }),
      verb,
    };
  });
}

/** Of `web 1.0.0` what says more than the app. */
function withoutApp(subject: string, app: string | null): string {
  return app !== null && subject.startsWith(`${app} `) ? subject.slice(app.length + 1) : subject;
}
