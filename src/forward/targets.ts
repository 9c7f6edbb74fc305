import { createHash } from 'node:crypto';
import type { ForwardConfiguration } from '../config/index.ts';
import { journald } from './journald.ts';
import { program } from './program.ts';
import { syslog } from './syslog.ts';
import type { Target, TargetContext } from './target.ts';

export function targetOf(configuration: ForwardConfiguration, context: TargetContext): Target {
  switch (configuration.type) {
    case 'journald':
      return journald(configuration);
    case 'syslog':
      return syslog(configuration, context);
    case 'program':
      return program(configuration, context);
  }
}

/** What tells one from another: where it has come to is remembered by it, so no argv is in it, which may hold a secret. */
export function identityOf(configuration: ForwardConfiguration): string {
  switch (configuration.type) {
    case 'journald':
      return `journald ${configuration.socket}`;
    case 'syslog':
      return `syslog ${configuration.url}`;
    case 'program':
      return `program ${createHash('sha256').update(JSON.stringify(configuration.command)).digest('hex').slice(0, 16)}`;
  }
}
