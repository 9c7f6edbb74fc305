import { stringify } from 'yaml';
import { configurationSchema, loadConfiguration } from '../../config/index.ts';
import { count, printData } from '../output/index.ts';
import type { Session } from '../session.ts';
import { configurationPlanView } from '../view/index.ts';

/** Reads the file here, whether an agent runs or not. */
export async function check({ output, configFile, env }: Session): Promise<void> {
  const { file, apps, waiting, references } = loadConfiguration({ file: configFile, env });
  const ids = [...apps, ...waiting].map((app) => app.id);
  const result = { file, apps: ids };
  const secrets =
    references.length === 0
      ? ''
      : `; ${count(references.length, 'value')} to come from secrets, which were not read`;
  printData(
    output,
    result,
    () => `${file ?? 'the DEPLOYEX_* variables'}: no errors, ${count(ids.length, 'app')}${secrets}`,
  );
}

/** Always JSON. */
export async function schema({ output }: Session): Promise<void> {
  output.out.write(`${JSON.stringify(configurationSchema(), null, 2)}\n`);
}

export async function show(session: Session): Promise<void> {
  const client = await session.client();
  const inForce = await client.configuration();
  printData(session.output, inForce, () => {
    const from = inForce.file ?? 'the DEPLOYEX_* variables';
    return `# in force, from ${from}; secrets are masked\n${stringify(inForce.configuration)}`;
  });
}

export async function apply(session: Session, { dryRun = false }: { dryRun?: boolean }): Promise<void> {
  const client = await session.client();
  if (dryRun) {
    const plan = await client.planConfiguration();
    return printData(session.output, plan, () => configurationPlanView(plan));
  }
  const done = await client.applyConfiguration();
  printData(session.output, done, () => done.message);
}
