import fs from 'node:fs';
import path from 'node:path';
import { draft } from '../../draft/index.ts';
import { errnoOf, NAME_PATTERN, SlipwayError } from '../../kernel/index.ts';
import { printData } from '../output/index.ts';
import type { Session } from '../session.ts';

interface Options {
  name?: string;
  output?: string;
}

/** Writes a configuration for what a folder holds. No agent need run. */
export async function init(
  session: Session,
  folder = '.',
  { name, output = 'slipway.yaml' }: Options,
): Promise<void> {
  if (name !== undefined && !NAME_PATTERN.test(name))
    throw new SlipwayError('usage', {
      message: `"${name}" is no name of an app: a-z, 0-9, _ and -, the first a letter`,
      hint: 'nothing was written',
      next: 'slipway init --help',
    });
  const { project, text, next } = draft(folder, { name: name ?? null });
  write(output, text);
  const result = { file: path.resolve(output), app: project.name, kind: project.kind, found: project.file };
  printData(session.output, { ...result, next: next(output) }, () =>
    [
      `wrote ${output}: the ${project.kind} ${project.name}, for ${path.join(folder, project.file)}`,
      'read it, and then:',
      ...next(output).map((command) => `  ${command}`),
    ].join('\n'),
  );
}

function write(file: string, text: string): void {
  try {
    // Whoever is let to read it may read what is added to it.
    fs.writeFileSync(file, text, { flag: 'wx', mode: 0o640, flush: true });
  } catch (error) {
    const isThere = errnoOf(error) === 'EEXIST';
    throw new SlipwayError(isThere ? 'usage' : 'failed', {
      message: isThere ? `${file} is there already` : `${file} cannot be written: ${errnoOf(error)}`,
      hint: 'it was left as it is; --output names another file',
      next: `slipway config check --config ${file}`,
    });
  }
}
