import { execFileSync } from 'node:child_process';
import path from 'node:path';

const BUILD = path.join(import.meta.dirname, '../fixtures/otp/build');

/**
 * Paths of the real releases that tests deploy, by version (which does what: `fixtures/otp/build`). Built the first
 * time, which takes half a minute; call it in a `beforeAll`.
 */
export function otpReleases(): { elixir: (version: string) => string; erlang: (version: string) => string } {
  const folder = execFileSync(BUILD, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  return {
    elixir: (version) => path.join(folder, `demo_app-${version}.tar.gz`),
    erlang: (version) => path.join(folder, `demo_erl-${version}.tar.gz`),
  };
}
