// Prints `N passed, N failed` from vitest's JSON results and the outcome of the lint, if there was one; exit status 1 unless all passed.
import fs from 'node:fs';

interface Results {
  success: boolean;
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: unknown[] }[];
}

const [file = '', lint] = process.argv.slice(2);
const text = fs.readFileSync(file, 'utf8');
const results: Results =
  text === '' ? { success: false, numPassedTests: 0, numFailedTests: 0, testResults: [] } : JSON.parse(text);

// A file that could not even be loaded has no tests that could fail.
const broken = results.testResults.filter(
  (file) => file.status === 'failed' && file.assertionResults.length === 0,
);
let passed = results.numPassedTests;
let failed = results.numFailedTests + broken.length;
if (lint === 'passed') passed += 1;
else if (lint !== undefined) failed += 1;
// Vitest also fails for reasons that belong to no test, such as an unhandled rejection.
if (!results.success && failed === 0) failed = 1;

console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
