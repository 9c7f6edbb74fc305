import { appOf, backendOf } from './description.ts';

/** The file from which HAProxy knows, when it starts, which apps are in maintenance. */
export function maintenanceList(apps: Iterable<string>): string {
  return [...apps].map((id) => `${backendOf(id)}\n`).join('');
}

export function parseMaintenanceList(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map(appOf);
}
