import fs from 'node:fs';

interface Results {
  testResults: { assertionResults: { title: string; status: string }[] }[];
}

/** Two tables for a page: vitest's JSON results, and the figures that the tests have noted. */
export function resultTables(resultsFile: string, notesFile: string): string {
  const results = JSON.parse(fs.readFileSync(resultsFile, 'utf8')) as Results;
  const tests = results.testResults.flatMap(({ assertionResults }) => assertionResults);
  const notes = fs.existsSync(notesFile) ? fs.readFileSync(notesFile, 'utf8') : '';
  const rows = tests.map(({ title, status }) => `| ${title} | ${status} |\n`).join('');
  return `| test | |\n|---|---|\n${rows}${notes === '' ? '' : `\n| figure | |\n|---|---|\n${notes}`}`;
}
