import { errorCodes } from '../../src/kernel/index.ts';

/** docs/errors.md: every code of an error, read from the registry. */
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
