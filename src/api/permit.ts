import { SlipwayError } from '../kernel/index.ts';
import type { Backend } from './backend.ts';
import { mindsRoot, type Operation, refusal, type Subject } from './policy.ts';
import type { Visit } from './visit.ts';

/** What a request names, as it stands there. */
export interface Named {
  app: string | null;
  deployment: number | null;
}

/**
 * Lets a visitor do what he may, and notes a refusal. Gives the id of the app that he means, so that he gets no other one where
 * names change their meaning meanwhile; null where he names none that there is, or may do everything.
 * @throws SlipwayError `unauthenticated`, `forbidden`
 */
export async function permit(
  backend: Pick<Backend, 'whose' | 'runsAsRoot'>,
  visit: Visit,
  { operation, named }: { operation: Operation; named: Named },
): Promise<string | null> {
  const who = visit.principal;
  if (who?.kind === 'socket') return null;
  // Who may not for his role alone is told so, and learns nothing of what there is.
  const beforeLook: Subject = { isNamed: false, app: null };
  const early = refusal(who && { ...who, apps: null }, operation, beforeLook);
  const subject = early ? beforeLook : await subjectOf(backend, visit, { operation, named });
  const refused = early ?? refusal(who, operation, subject);
  if (refused === null) return named.app === null ? null : subject.app;
  if (refused.code === 'forbidden')
    visit.refused({
      ...{ operation, app: subject.app },
      ...{ subject: named.app ?? deploymentText(named), reason: refused.reason },
    });
  throw new SlipwayError(refused.code, {
    message: refused.reason,
    hint: 'nothing was done',
    ...(refused.code === 'unauthenticated' && { next: 'slipway token create --name NAME --role ROLE' }),
  });
}

/** The same for a console that is there, which is of an app, or a shell on the host itself. */
export async function permitConsole(
  backend: Pick<Backend, 'consoles' | 'whose' | 'runsAsRoot'>,
  visit: Visit,
  { operation, console: id }: { operation: 'terminal' | 'endConsole'; console: string },
): Promise<void> {
  const found = backend.consoles().find((each) => each.console === id);
  const isOfHost = found !== undefined && found.app === null;
  const named = { app: isOfHost ? null : (found?.app ?? ''), deployment: null };
  await permit(backend, visit, { operation: isOfHost ? 'hostShell' : operation, named });
}

async function subjectOf(
  backend: Pick<Backend, 'whose' | 'runsAsRoot'>,
  { principal }: Visit,
  { operation, named }: { operation: Operation; named: Named },
): Promise<Subject> {
  const isNamed = named.app !== null || named.deployment !== null;
  const app = isNamed ? backend.whose(named) : null;
  const asked = app !== null && mindsRoot(principal, operation);
  return { isNamed, app, runsAsRoot: asked && (await backend.runsAsRoot(app)) };
}

function deploymentText({ deployment }: Named): string | null {
  return deployment === null ? null : `deployment ${deployment}`;
}
