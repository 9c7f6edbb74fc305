import {
  certificateList,
  changeBetween,
  configurationText,
  FILES,
  findProgram,
  maintenanceList,
  type ProxyControl,
  type ProxyDescription,
  type ProxyFolder,
  replaceConfiguration,
} from '../../proxy/index.ts';
import type { HeldCertificate } from './certificates.ts';

const DESCRIPTION = 'description.json';

/**
 * Brings what is in the folder, and a HAProxy that runs, to a description. The one that was put in force last is kept beside the
 * rest, so that the next agent knows what runs. Begun again it does what is left.
 * @throws SlipwayError `proxy_missing`, `proxy_refused`, `proxy_unreachable`: what ran goes on as it was
 */
export async function configure(
  next: ProxyDescription,
  options: {
    folder: ProxyFolder;
    control: ProxyControl;
    certificates: readonly HeldCertificate[];
    isRunning: boolean;
  },
): Promise<'nothing' | 'told' | 'reloaded'> {
  const { folder, control, certificates, isRunning } = options;
  const program = await findProgram();
  const former = presentDescription(folder);
  const change = former === null ? 'reload' : changeBetween(former, next);
  for (const { file, pem } of certificates) folder.write(file, pem);
  folder.write(FILES.certificateList, certificateList(next));
  folder.write(FILES.maintenance, maintenanceList(next));
  await replaceConfiguration({ folder, program, text: configurationText(next) });
  if (isRunning && change === 'reload') await control.reload();
  if (isRunning && change !== 'reload')
    for (const command of change)
      if (command.type === 'maintenance') await control.setMaintenance(command.backend, command.isOn);
      else await control.replaceCertificate(command.file, folder.read(command.file) ?? '');
  folder.write(DESCRIPTION, JSON.stringify(next));
  if (change === 'reload') return 'reloaded';
  return change.length > 0 ? 'told' : 'nothing';
}

/** What was put in force last; null where nothing was, or it cannot be read. */
export function presentDescription(folder: ProxyFolder): ProxyDescription | null {
  const text = folder.read(DESCRIPTION);
  try {
    return text === null ? null : JSON.parse(text);
  } catch {
    return null;
  }
}
