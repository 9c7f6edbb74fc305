import { backendOf, type ProxyDescription } from './description.ts';

/** What can be told to a HAProxy that runs. */
export type ProxyCommand =
  | { type: 'maintenance'; backend: string; isOn: boolean }
  | { type: 'certificate'; file: string };

/**
 * How a HAProxy that runs gets from one description to the next: by commands over its socket, none where they are the same,
 * or by a reload, which loses no connection either, but splits the counters and leaves a worker behind until its last
 * request has ended.
 */
export function changeBetween(before: ProxyDescription, after: ProxyDescription): ProxyCommand[] | 'reload' {
  if (JSON.stringify(written(before)) !== JSON.stringify(written(after))) return 'reload';
  const commands: ProxyCommand[] = [];
  for (const [index, app] of after.apps.entries())
    if (app.maintenance !== before.apps[index]?.maintenance)
      commands.push({ type: 'maintenance', backend: backendOf(app.id), isOn: app.maintenance });
  for (const [index, { file, digest }] of after.certificates.entries())
    if (digest !== before.certificates[index]?.digest) commands.push({ type: 'certificate', file });
  return commands;
}

/** What is in the text of its configuration; the rest it can be told. */
function written({ apps, certificates, ...others }: ProxyDescription) {
  return {
    ...others,
    certificates: certificates.map(({ file }) => file),
    apps: apps.map((app) => ({ ...app, maintenance: null })),
  };
}
