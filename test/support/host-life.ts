import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'vitest';
import { Bucket } from './bucket.ts';
import { InstalledAgent } from './installed-agent.ts';
import { otherVersion, replaceIn } from './packaged.ts';
import { SystemdMachine } from './systemd-machine.ts';

/** The Node of an installed Slipway. */
export const PACKAGED_NODE = '/opt/slipway/current/runtime/node';
export const ARCHIVE = 'slipway-0.1.0-linux-x64.tar.gz';
const INSTALLER = path.join(import.meta.dirname, '../../install.sh');
const INSTALL = `sh /srv/install.sh --install /srv/${ARCHIVE}`;
/** All that an installation puts anywhere, with its times; what the agent itself writes is left out. */
const LASTING = 'find /opt /etc/slipway /etc/systemd/system /usr/local -printf "%p %m %u %T@ %l\\n" | sort';

/** A machine with an archive and install.sh in /srv, and a bucket with an app. */
export async function machineToInstall(archive: string, root?: string): Promise<SystemdMachine> {
  const machine = await SystemdMachine.bootBare(root);
  fs.copyFileSync(archive, path.join(machine.shared, ARCHIVE));
  fs.copyFileSync(`${archive}.sha256`, path.join(machine.shared, `${ARCHIVE}.sha256`));
  fs.copyFileSync(INSTALLER, path.join(machine.shared, 'install.sh'));
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  return machine;
}

/** Puts an archive of another version where the machine sees it; gives its path there. */
export function offerVersion(
  machine: SystemdMachine,
  options: { archive: string; version: string; change?: (folder: string) => void },
): string {
  const made = otherVersion(options.archive, { ...options, folder: machine.shared });
  return `/srv/${path.basename(made)}`;
}

/** An agent that ends a moment after its start. */
function dying(folder: string): void {
  const main = path.join(folder, 'dist/main.js');
  fs.writeFileSync(
    main,
    `if(process.argv.includes('agent'))process.exit(9);\n${fs.readFileSync(main, 'utf8')}`,
  );
}

/** An agent that never answers. */
export function silent(folder: string): void {
  replaceIn(
    path.join(folder, 'bin/slipway'),
    'exec "$node" --max-semi',
    'exec sleep 1000; exec "$node" --max-semi',
  );
}

/** Requests to a port, as many as the machine gives, for some seconds; resolves with what failed of them. */
async function load(machine: SystemdMachine, seconds: number): Promise<string> {
  const { stdout } = await promisify(execFile)('nsenter', [
    `--net=${machine.network}`,
    ...['wrk', '-t', '1', '-c', '8', '-d', `${seconds}s`, 'http://127.0.0.1:4000/'],
  ]);
  expect(stdout).toMatch(/\d+ requests in/);
  return (/Socket errors.*|Non-2xx.*/.exec(stdout) ?? [''])[0];
}

/** Installed, again, rebooted, updated under load, an update that fails, uninstalled, installed anew, and gone. */
export async function liveThrough(options: {
  archive: string;
  root?: string;
  /** What the app is, besides what `InstalledAgent` has for it. */
  app: Record<string, unknown>;
  /** Called when the machine runs, before anything is installed, and after its reboot. */
  surround?: (machine: SystemdMachine) => Promise<void>;
  version: string;
}): Promise<void> {
  const { archive, root, app, surround, version } = options;
  const machine = await machineToInstall(archive, root);
  await surround?.(machine);
  const told = await machine.run(INSTALL);
  expect(told).toMatch(
    /made {5}user deployer[^]*made {5}the agent[^]*Slipway 0\.1\.0 is installed\.\nWhat follows:/,
  );
  const before = await machine.run(LASTING);
  expect(await machine.run(INSTALL)).toMatch(/Nothing was changed: Slipway 0\.1\.0 is installed\.$/);
  expect(await machine.run(LASTING)).toBe(before);
  expect(await machine.run('slipway doctor')).toContain('0 failed, 0 warnings');

  const first = InstalledAgent.on(machine);
  await first.configure({ user: 'deployer', ...app });
  await machine.run('slipway config apply');
  await first.untilReady(version);

  await machine.powerOff();
  const rebooted = await machine.bootAgain();
  await surround?.(rebooted);
  const agent = InstalledAgent.on(rebooted);
  await agent.untilItAnswers();
  const pids = (await agent.untilReady(version)).instances.map(({ pid }) => pid);
  const apps = `${pids.length} ${pids.length === 1 ? 'instance' : 'instances'}`;

  const next = offerVersion(rebooted, { archive, version: '0.1.1' });
  const [failed, updated] = await Promise.all([
    load(rebooted, 6),
    rebooted.run(`slipway update --archive ${next}`),
  ]);
  expect(failed).toBe('');
  expect(updated).toContain(`Slipway 0.1.1 is in force, after 0.1.0.\n${apps} ran on, with the same pids.`);
  expect((await agent.status()).agent.version).toBe('0.1.1');
  expect(await agent.pids()).toEqual(pids);

  const bad = offerVersion(rebooted, { archive, version: '0.1.2', change: dying });
  expect(await rebooted.run(`sh /srv/install.sh --update ${bad} 2>&1 || echo "status $?"`)).toMatch(
    /Slipway 0\.1\.2 was not taken: its (agent ended|unit is failed)[^]*0\.1\.1 is back in force[^]*status 5/,
  );
  expect((await agent.status()).agent.version).toBe('0.1.1');
  expect(await agent.pids()).toEqual(pids);

  const gone = await rebooted.run('sh /srv/install.sh --uninstall </dev/null');
  expect(gone).toMatch(/gone {5}\/opt\/slipway[^]*Kept: \/etc\/slipway\/slipway\.yaml, \/var\/lib\/slipway/);
  expect(gone).toContain('Apps still run, and nobody watches them now.');
  for (const pid of pids) await rebooted.run(`kill -0 ${pid}`);
  await rebooted.run(
    'test -s /var/lib/slipway/slipway.db && test -d /var/log/slipway && test ! -e /opt/slipway',
  );

  await rebooted.run(INSTALL);
  await agent.untilItAnswers();
  expect(await agent.pids()).toEqual(pids);
  await rebooted.run('sh /srv/install.sh --uninstall --stop-apps');
  for (const pid of pids) await expect(rebooted.run(`kill -0 ${pid}`)).rejects.toThrow('No such process');
}
