// Writes the pages that are made from the code. `test/docs.test.ts` fails where they are not current.
import fs from 'node:fs';
import path from 'node:path';
import { errorCodes } from '../src/kernel/index.ts';

/** docs/errors.md. */
export function errorsPage(): string {
  const rows = Object.entries(errorCodes).map(
    ([code, { exit, about }]) => `| \`${code}\` | ${exit} | ${about} |`,
  );
  return `# Errors

<!-- Made by script/docs from src/kernel/error-codes.ts. -->

Every error says what failed and with which value, what was left as it was, and the next command to type. With \`--json\`, and in
the API, it is \`{ "code", "message", "hint", "next" }\`. The command line ends with the status of its code; 0 means done.

| code | exit status | meaning |
|---|---:|---|
${rows.join('\n')}
`;
}

if (import.meta.main) fs.writeFileSync(path.join(import.meta.dirname, '../docs/errors.md'), errorsPage());
