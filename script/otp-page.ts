// otp-page.ts SUITE RESULTS VERSIONS: writes the row of a suite of Debian into docs/otp-versions.md, and leaves the others.
import fs from 'node:fs';
import path from 'node:path';

const PAGE = path.join(import.meta.dirname, '../docs/otp-versions.md');
const INTRODUCTION = `# Versions of Erlang and Elixir

\`script/test-otp SUITE\` runs the tests that start a VM of Erlang with what another Debian has: connections, mutual TLS, what a VM
tells, deployments, hot upgrades, VMs that are killed in the middle, consoles. The releases are built there, too. Its last run on each:

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
// 13.8, and forky/sid where there is no number yet.
const debian = versions.get('debian') ?? '';
const name = debian.includes(suite) ? debian : `${debian} (${suite})`;
const row = [
  name,
  ...['erlang-base', 'elixir', 'openssl'].map((each) => upstream(versions.get(each) ?? '')),
  ...[outcome.join(', '), new Date().toISOString().slice(0, 10)],
];
const before = fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8').split('|---|\n')[1] : '';
const others = (before ?? '')
  .split('\n')
  .filter((line) => line !== '' && !line.split(' | ')[0]?.includes(suite));
const byOtp = (line: string) => Number.parseFloat(line.split(' | ')[1] ?? '');
const rows = [...others, `| ${row.join(' | ')} |`].toSorted((a, b) => byOtp(a) - byOtp(b));
fs.writeFileSync(PAGE, `${INTRODUCTION}${rows.join('\n')}\n`);

/** `1:27.3.4.1+dfsg-1+deb13u4` is 27.3.4.1. */
function upstream(version: string): string {
  return /^(?:\d+:)?(\d+(?:\.\d+)*)/.exec(version)?.[1] ?? version;
}
