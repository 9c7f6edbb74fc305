import type { Group } from '../../acme/index.ts';
import { SlipwayError } from '../../kernel/index.ts';

/** Why a certificate that somebody has asked for is not there. */
export const acmeRefused = {
  unknown: (asked: string | null): SlipwayError =>
    new SlipwayError('usage', {
      message:
        asked === null
          ? 'no certificate is ordered on this host'
          : `no certificate is ordered for "${asked}"`,
      hint: 'nothing was changed; docs/proxy.md says for which names some are',
      next: 'slipway certs list',
    }),

  limited: ({ names }: Group, { nextMs, reason }: { nextMs: number; reason: string }): SlipwayError =>
    new SlipwayError('acme_failed', {
      message: `the authority wants not to be asked for ${names.join(', ')} before ${new Date(nextMs).toISOString()}: ${reason}`,
      hint: 'it was not asked; the certificates that are there are used on',
      next: 'slipway certs list',
    }),

  failed: ({ names }: Group, why: string): SlipwayError =>
    new SlipwayError('acme_failed', {
      message: `no certificate for ${names.join(', ')}: ${why}`,
      hint: 'the certificates that are there are used on',
      next: 'slipway certs list',
    }),
};
