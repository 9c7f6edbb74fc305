import { oc } from '@orpc/contract';
import * as z from 'zod';
import { routes } from './routes.ts';
import { check, machine } from './shapes-host.ts';

export const hostContract = {
  host: oc
    .route({ ...routes.host, summary: 'Processor, memory and disks of the host', tags: ['host'] })
    .output(machine),
  doctor: oc
    .route({ ...routes.doctor, summary: 'What is wrong with the host, and what mends it', tags: ['host'] })
    .output(z.array(check)),
};
