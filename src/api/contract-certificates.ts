import { oc } from '@orpc/contract';
import * as z from 'zod';
import { optional } from './contract-fields.ts';
import { routes } from './routes.ts';
import { done } from './shapes.ts';
import { certificate } from './shapes-certificates.ts';

export const certificatesContract = {
  certificates: oc
    .route({ ...routes.certificates, summary: 'Certificates of the proxy', tags: ['certificates'] })
    .output(z.array(certificate)),
  renewCertificates: oc
    .route({
      ...routes.renewCertificates,
      summary: 'Has certificates ordered anew, and resolves when they are there',
      tags: ['certificates'],
    })
    .input(
      z.object({ name: optional(z.string().min(1).max(253)).describe('an app, or a name; all without it') }),
    )
    .output(done),
};
