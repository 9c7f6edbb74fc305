import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import manifest from '../package.json' with { type: 'json' };
import { FORMATS, type Format, packTree, writeChecksum } from './packaging/archive.ts';
import { buildPrograms } from './packaging/programs.ts';
import { stageTree } from './packaging/tree.ts';

const root = path.join(import.meta.dirname, '..');
const TARGETS = ['linux-x64', 'linux-arm64'] as const;

const { values } = parseArgs({
  options: {
    target: { type: 'string', multiple: true, default: [...TARGETS] },
    format: { type: 'string', multiple: true, default: [...FORMATS] },
    out: { type: 'string', default: path.join(root, 'dist') },
  },
});
const wrong =
  values.target.find((each) => !TARGETS.some((target) => target === each)) ??
  values.format.find((each) => !FORMATS.some((format) => format === each));
if (wrong !== undefined) {
  console.error(`"${wrong}": targets are ${TARGETS.join(', ')}; formats ${FORMATS.join(', ')}`);
  process.exit(2);
}

const out = path.resolve(values.out);
const work = fs.mkdtempSync(path.join(root, '.cache/package-'));
try {
  fs.mkdirSync(out, { recursive: true });
  const programs = await buildPrograms(path.join(work, 'dist'));
  for (const target of values.target) {
    const name = `slipway-${manifest.version}`;
    const folder = path.join(work, target);
    await stageTree({ folder: path.join(folder, name), target, programs });
    const archive = path.join(out, `${name}-${target}`);
    fs.copyFileSync(path.join(folder, name, 'sbom.json'), `${archive}.sbom.json`);
    for (const format of values.format) {
      const file = await packTree({
        folder,
        name,
        file: `${archive}.tar`,
        format: format as Format,
        epochS: epochS(),
      });
      writeChecksum(file);
      console.log(`${file}  ${(fs.statSync(file).size / 1e6).toFixed(1)} MB`);
    }
  }
} finally {
  fs.rmSync(work, { recursive: true });
}

/** The time of everything in the archives, in seconds: that of the sources, and not of the day on which they are packed. */
function epochS(): number {
  const given = process.env.SOURCE_DATE_EPOCH;
  if (given) return Number(given);
  return Number(execFileSync('git', ['log', '-1', '--format=%ct'], { cwd: root, encoding: 'utf8' }));
}
