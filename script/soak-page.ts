// soak-page.ts CASE RESULTS NOTES: writes the result of a case into its section of docs/soak.md, and leaves the others.
import fs from 'node:fs';
import path from 'node:path';
import { resultTables } from './result-tables.ts';

const PAGE = path.join(import.meta.dirname, '../docs/soak.md');
const INTRODUCTION = `# Soak

\`script/soak CASE\` runs what takes too long for \`script/test\`, which tries a part of it, chosen by reason. The last run of each case:
`;

const [name = '', resultsFile = '', notesFile = ''] = process.argv.slice(2);
const text = fs.existsSync(PAGE) ? fs.readFileSync(PAGE, 'utf8') : '';
const sections = new Map(
  text
    .split('\n## ')
    .slice(1)
    .map((section) => [section.slice(0, section.indexOf('\n')), section.trimEnd()]),
);
const day = new Date().toISOString().slice(0, 10);
sections.set(name, `${name}\n\nOn ${day}:\n\n${resultTables(resultsFile, notesFile).trimEnd()}`);
const written = [...sections.keys()].toSorted().map((each) => `\n## ${sections.get(each)}\n`);
fs.writeFileSync(PAGE, INTRODUCTION + written.join(''));
