import { execFileSync } from 'node:child_process';
import path from 'node:path';

const BUILD = path.join(import.meta.dirname, '../fixtures/otp/build');

export interface OtpReleases {
  /** `demo_app`; with a variant, 0.1.2 with a relup made beforehand, or without its appup. */
  elixir: (version: string, variant?: 'relup' | 'no-appup') => string;
  /** `demo_erl` */
  erlang: (version: string) => string;
}

/**
 * Paths of the real releases that tests deploy, by version (which does what: `fixtures/otp/build`). Built the first
 * time, which takes half a minute; call it in a `beforeAll`.
 */
export function otpReleases(): OtpReleases {
  const folder = execFileSync(BUILD, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] }).trim();
  return {
    elixir: (version, variant) => path.join(folder, variant ?? '', `demo_app-${version}.tar.gz`),
    erlang: (version) => path.join(folder, `demo_erl-${version}.tar.gz`),
  };
}
