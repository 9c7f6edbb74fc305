// otp-page.ts SUITE RESULTS VERSIONS: writes the row of a suite of Debian into docs/otp-versions.md, and leaves the others.
import fs from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '../docs/otp-versions.md');
const INTRODUCTION = `# Versions of Erlang and Elixir

\`script/test-otp SUITE\` runs the tests that start a VM of Erlang with what another Debian has: connections, mutual TLS, what a VM
tells, hot upgrades, deployments that are killed, consoles, publishing. The releases are built there, too. Its last run on each:

| Debian | Erlang/OTP | Elixir | OpenSSL | tests | on |
|---|---|---|---|---|---|
`;

interface Results {
  testResults: { name: string; assertionResults: { fullName: string; status: string }[] }[];
}

const [suite = '', resultsFile = '', versionsFile = ''] = process.argv.slice(2);
const { testResults } = JSON.parse(fs.readFileSync(resultsFile, 'utf8')) as Results;
const tests = testResults.flatMap(({ assertionResults }) => assertionResults);
// A file that could not even be loaded has no tests that could fail.
const failed = [
  ...tests.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName),
  ...testResults
    .filter(({ assertionResults }) => assertionResults.length === 0)
    .map(({ name }) => path.basename(name)),
];
const passed = tests.filter(({ status }) => status === 'passed').length;
const outcome = [
  `${passed} passed`,
  ...(failed.length > 0 ? [`${failed.length} failed: ${failed.join('; ')}`] : []),
];
const versions = new Map(
  fs
    .readFileSync(versionsFile, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ') as [string, string]),
);
const row = [
  `${versions.get('base-files')?.split('+')[0]} (${suite})`,
  ...['erlang-base', 'elixir', 'openssl'].map((name) => upstream(versions.get(name) ?? '')),
  ...[outcome.join(', '), new Date().toISOString().slice(0, 10)],
];
const rows = (fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8') : '')
  .split('\n')
  .filter((line) => /^\| [\d.]+ \(/.test(line) && !line.includes(` (${suite}) `));
const written = [...rows, `| ${row.join(' | ')} |`].toSorted(
  (a, b) => Number.parseFloat(a.slice(2)) - Number.parseFloat(b.slice(2)),
);
fs.writeFileSync(PAGE, `${INTRODUCTION}${written.join('\n')}\n`);

/** `1:27.3.4.1+dfsg-1+deb13u4` is 27.3.4.1. */
function upstream(version: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
}
