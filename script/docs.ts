// Writes the pages that are made from the code. `test/docs.test.ts` fails where they are not current.
import fs from 'node:fs';
import path from 'node:path';
import { errorsPage } from './reference/errors.ts';
import { optionsPage } from './reference/options.ts';
import { verbsPage } from './reference/verbs.ts';

/** By the file that holds it. */
export const madePages: Record<string, () => string> = {
  'docs/errors.md': errorsPage,
  'docs/options.md': optionsPage,
  'docs/verbs.md': verbsPage,
};

if (import.meta.main)
  for (const [file, page] of Object.entries(madePages))
    fs.writeFileSync(path.join(import.meta.dirname, '..', file), page());
