// Elixir, mix release, "Runtime configuration": RELEASE_SYS_CONFIG leads to the file that a boot reads its configuration from.
import path from 'node:path';
import { readText } from './text-file.ts';

/** The file that a release of Elixir is configured from when it boots, as RELEASE_SYS_CONFIG names it: without `.config`. */
export function sysConfig(root: string, version: string): string {
  return path.join(root, 'releases', version, 'sys');
}

/**
 * Whether its script makes a copy of that file, in which the VM notes what runtime.exs made of it before it boots once more
 * (`reboot_system_after_config`). Once it was upgraded while it ran, a reboot of it mixes two releases.
 */
export function bootsFromCopy(pristine: string, version: string): boolean {
  return readText(`${sysConfig(pristine, version)}.config`)?.includes('RUNTIME_CONFIG=true') ?? false;
}
