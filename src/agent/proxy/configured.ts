import {
  certificateList,
  changeBetween,
  configurationText,
  FILES,
  findProgram,
  type ProxyControl,
  type ProxyDescription,
  type ProxyFolder,
  replaceConfiguration,
} from '../../proxy/index.ts';

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
    /** Certificates and pages. */
    files: readonly { file: string; content: string }[];
    isRunning: boolean;
  },
): Promise<'told' | 'reloaded'> {
  const { folder, control, files, isRunning } = options;
  const former = presentDescription(folder);
  const change = former === null ? 'reload' : changeBetween(former, next);
  for (const { file, content } of files) folder.write(file, content);
  folder.write(FILES.certificateList, certificateList(next));
  await replaceConfiguration({ folder, findProgram, text: configurationText(next) });
  if (isRunning && change === 'reload') await control.reload();
  if (isRunning && change !== 'reload')
    for (const file of change.certificates) await control.replaceCertificate(file, folder.read(file) ?? '');
  folder.write(DESCRIPTION, JSON.stringify(next));
  const names = files.map(({ file }) => file);
  for (const each of [FILES.certificates, FILES.pages]) folder.keepOnly(each, names);
  return change === 'reload' ? 'reloaded' : 'told';
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
