import type { Backend } from '../../api/index.ts';
import { accessOperations } from './access.ts';
import { accountOperations } from './account.ts';
import { agentOperations } from './agent.ts';
import { appOperations } from './apps.ts';
import { certificateOperations } from './certificates.ts';
import { cronOperations } from './cron.ts';
import { deploymentOperations } from './deployments.ts';
import { historyOperations } from './history.ts';
import { instanceOperations } from './instances.ts';
import { logOperations } from './logs.ts';
import { machineOperations } from './machine.ts';
import type { HostOptions } from './options.ts';
import { pictures } from './pictures.ts';
import { secretOperations } from './secrets.ts';
import { siteOperations } from './sites.ts';
import { versionOperations } from './versions.ts';

/** What the API asks of this host: each operation of the contract, by what it is about. */
export function createHost(options: HostOptions): Backend {
  return {
    ...appOperations(options),
    ...pictures(options),
    ...accessOperations(options),
    ...accountOperations(options),
    ...deploymentOperations(options),
    ...versionOperations(options),
    ...instanceOperations(options),
    ...historyOperations(options),
    ...siteOperations(options),
    ...cronOperations(options),
    ...certificateOperations(options),
    ...secretOperations(options),
    ...logOperations(options),
    ...agentOperations(options),
    ...machineOperations(options),
  };
}
