import type { Backend } from '../../api/index.ts';
import type { HostOptions } from './options.ts';

type Operations = Pick<Backend, 'certificates' | 'renewCertificates'>;

/** Certificates of the proxy. */
export function certificateOperations({ apps }: HostOptions): Operations {
  return {
    certificates: () => apps.front.certificates(),
    async renewCertificates({ name }) {
      const names = await apps.front.renewals.renew(name);
      return { message: `there is a new certificate for ${names.join(', ')}` };
    },
  };
}
