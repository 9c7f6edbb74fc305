import { type Finding, mappingOf, type Path } from './findings.ts';
import { checkService } from './rules-service.ts';
import { checkSite } from './rules-site.ts';

/**
 * The rules between the keys of one app. They read the file's raw values, so that they speak up beside errors of shape
 * and not only after those are mended.
 */
export function checkApp(raw: unknown, path: Path): Finding[] {
  const app = mappingOf(raw);
  if (app.kind === 'service') return checkService(app, path);
  if (app.kind === 'site') return checkSite(app, path);
  return [];
}
