// Prints docs/test-host.md from vitest's JSON results and the figures that the tests have noted.
import { resultTables } from './result-tables.ts';

const [resultsFile = '', notesFile = ''] = process.argv.slice(2);

process.stdout.write(`# Tests on a machine of their own

\`script/test-host\` boots an emulated machine with a kernel of its own and installs Slipway there as the README says, to see what
cannot be seen beside other work: limits of memory, processors and tasks, a clock that is set, a power failure. It takes
minutes and is no part of \`script/test\`. Its last run, on ${new Date().toISOString().slice(0, 10)}:

${resultTables(resultsFile, notesFile)}`);
