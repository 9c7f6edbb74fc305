import fs from 'node:fs';
import path from 'node:path';
import { type Configuration, checkedConfiguration } from '../../config/index.ts';
import {
  carryOut,
  circumstancesOf,
  type DeployexConfiguration,
  endLeavingApps,
  findUnit,
  keepDown,
  leftOutText,
  readConfiguration,
  type SlipwayYaml,
  stopUnit,
  survey,
  toSlipway,
  variablesOfUnit,
} from '../../deployex/index.ts';
import {
  errnoOf,
  messageOf,
  refuseOthers,
  SlipwayError,
  systemClock,
  writeFileDurable,
} from '../../kernel/index.ts';
import { count, printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { importView } from '../view/index.ts';

interface Options {
  print?: boolean;
  output?: string;
  user?: string;
  dryRun?: boolean;
}

interface Converted {
  file: string;
  found: DeployexConfiguration;
  made: SlipwayYaml;
  configuration: Configuration;
}

const CONFIGURATION = '/etc/slipway/slipway.yaml';

/** Takes over what DeployEx ran on this host: here, while no agent runs. */
export async function importDeployex(
  session: Session,
  named: string | undefined,
  options: Options,
): Promise<void> {
  const { output } = session;
  if (options.print || options.output !== undefined) {
    const target = options.output === undefined ? null : path.resolve(options.output);
    const { file, made, configuration } = await convert(named, {
      target: target ?? 'slipway.yaml',
      ...options,
    });
    if (target !== null) {
      writeNew(target, made.text);
      output.err.write(`${target}: ${count(configuration.apps.length, 'app')}, made from ${file}\n`);
      tellLeftOut(session, made);
    } else if (output.json)
      output.out.write(`${JSON.stringify({ text: made.text, left_out: made.leftOut }, null, 2)}\n`);
    else output.out.raw(made.text);
    return;
  }
  await takeOver(session, named, options);
}

async function takeOver(session: Session, named: string | undefined, options: Options): Promise<void> {
  const { output, configFile } = session;
  const target = path.resolve(configFile ?? CONFIGURATION);
  const { file, found, made, configuration } = await convert(named, { target, ...options });
  if (fs.existsSync(target) && fs.readFileSync(target, 'utf8') !== made.text) throw isThere(target);
  const unit = await findUnit();
  const seen = survey(found, unit);
  const { plans, running, restart, mainPid, unreadable } = seen;
  const report = {
    from: file,
    configuration: target,
    left_out: made.leftOut,
    apps: plans.map((plan) => ({
      app: plan.name,
      live: plan.live?.record.version ?? null,
      why: plan.why,
      deployments: plan.deployments.length,
      ghosted: plan.ghosts.map(({ version }) => version),
      pinned: plan.pinned,
    })),
    unreadable,
    running: running.map(({ app, instance, pid }) => ({ instance: `${app}/${instance}`, pid })),
    restart,
    done: options.dryRun !== true,
  };
  if (!options.dryRun) {
    refuseOthers(target);
    await carryOut({
      ...{ configuration, text: made.text, file: target, plans, running, clock: systemClock },
      endDeployex: async () => {
        if (mainPid === 0) return;
        if (restart !== null) return await stopUnit();
        await keepDown();
        await endLeavingApps(mainPid, running);
      },
    });
  }
  printData(output, report, () => importView(report, { colors: output.out.colors }));
}

async function convert(
  named: string | undefined,
  options: { target: string; user?: string },
): Promise<Converted> {
  const file = named ?? (await fileOfUnit());
  const found = readConfiguration(readText(file), path.basename(file));
  const made = toSlipway(found, await circumstancesOf(found, options.user ?? null));
  return { file, found, made, configuration: checkedConfiguration(made.text, options.target) };
}

/** The YAML that its unit names, or the unit with its variables. */
async function fileOfUnit(): Promise<string> {
  const unit = await findUnit();
  if (unit) return variablesOfUnit(readText(unit.file)).DEPLOYEX_CONFIG_YAML_PATH ?? unit.file;
  throw new SlipwayError('import_refused', {
    message: 'there is no deployex.service on this host',
    hint: 'name the file that DeployEx is configured by; nothing was changed',
    next: 'slipway import deployex deployex.yaml --dry-run',
  });
}

function tellLeftOut({ output }: Session, { leftOut }: SlipwayYaml): void {
  const { yellow } = output.err.colors;
  for (const each of leftOut) output.err.write(`${yellow('!')} nothing was made of ${leftOutText(each)}\n`);
}

function isThere(file: string): SlipwayError {
  return new SlipwayError('import_refused', {
    message: `${file} is there already`,
    hint: 'it was left as it is',
    next: 'slipway import deployex FILE --print',
  });
}

/** There may be passwords in it. */
function writeNew(file: string, text: string): void {
  refuseOthers(file);
  if (fs.existsSync(file)) throw isThere(file);
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
