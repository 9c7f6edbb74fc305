import fs from 'node:fs';
import path from 'node:path';
import { checkedConfiguration } from '../../config/index.ts';
import { circumstancesOf, leftOutText, readConfiguration, toSlipway } from '../../deployex/index.ts';
import { errnoOf, messageOf, refuseOthers, SlipwayError, writeFileDurable } from '../../kernel/index.ts';
import { count } from '../output/index.ts';
import type { Session } from '../session.ts';

interface Options {
  print?: boolean;
  output?: string;
  user?: string;
}

/** Turns what DeployEx is configured by into a slipway.yaml: here, whether an agent runs or not. */
export async function importDeployex(session: Session, file: string, options: Options): Promise<void> {
  const { output } = session;
  const found = readConfiguration(readText(file), path.basename(file));
  const made = toSlipway(found, await circumstancesOf(found, options.user ?? null));
  const target = options.output === undefined ? null : path.resolve(options.output);
  const { apps } = checkedConfiguration(made.text, target ?? 'slipway.yaml');
  if (target === null) {
    if (output.json)
      output.out.write(`${JSON.stringify({ text: made.text, left_out: made.leftOut }, null, 2)}\n`);
    else output.out.raw(made.text);
  } else {
    writeNew(target, made.text);
    output.err.write(`${target}: ${count(apps.length, 'app')}, made from ${file}\n`);
  }
  const { yellow } = output.err.colors;
  for (const each of made.leftOut)
    output.err.write(`${yellow('!')} nothing was made of ${leftOutText(each)}\n`);
}

/** There may be passwords in it. */
function writeNew(file: string, text: string): void {
  refuseOthers(file);
  if (fs.existsSync(file))
    throw new SlipwayError('import_refused', {
      message: `${file} is there already`,
      hint: 'it was left as it is',
      next: 'slipway import deployex FILE --print',
    });
  writeFileDurable(file, text);
}

const SIZE_MAX_BYTES = 1024 * 1024;

function readText(file: string): string {
  try {
    const text = fs.readFileSync(file, 'utf8');
    if (text.length <= SIZE_MAX_BYTES) return text;
  } catch (error) {
    throw new SlipwayError('import_refused', {
      message: `${file} cannot be read: ${errnoOf(error) === 'ENOENT' ? 'it is not there' : messageOf(error)}`,
      hint: 'nothing was written',
    });
  }
  throw new SlipwayError('import_refused', {
    message: `${file} is larger than 1 MB`,
    hint: 'nothing was written',
  });
}
