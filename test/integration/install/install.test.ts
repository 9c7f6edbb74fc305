import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { migrations } from '../../../src/journal/migrations.ts';
import { Bucket } from '../../support/bucket.ts';
import { InstalledAgent } from '../../support/installed-agent.ts';
import { otherVersion, packaged, replaceIn } from '../../support/packaged.ts';
import { SystemdMachine, systemdRoot } from '../../support/systemd-machine.ts';

const NODE = '/opt/slipway/current/runtime/node';
const INSTALLER = path.join(import.meta.dirname, '../../../install.sh');
const INSTALL = 'sh /srv/install.sh --install /srv/slipway.tar.gz';
let archive: string;

beforeAll(() => {
  systemdRoot();
  archive = packaged();
});

async function bareMachine() {
  const machine = await SystemdMachine.bootBare();
  fs.copyFileSync(archive, path.join(machine.shared, 'slipway.tar.gz'));
  fs.copyFileSync(INSTALLER, path.join(machine.shared, 'install.sh'));
  const bucket = new Bucket(path.join(machine.shared, 'bucket'), 'web');
  bucket.putProgram('1.0.0');
  bucket.offer({ version: '1.0.0', hash: 'local' });
  return machine;
}

/** Puts an archive of another version where the machine sees it; gives its path there. */
function offerVersion(machine: SystemdMachine, version: string, change?: (folder: string) => void): string {
  const made = otherVersion(archive, { version, folder: machine.shared, ...(change && { change }) });
  return `/srv/${path.basename(made)}`;
}

/** An agent that ends a moment after its start. */
const dying = (folder: string) => {
  const main = path.join(folder, 'dist/main.js');
  fs.writeFileSync(
    main,
    `if(process.argv.includes('agent'))process.exit(9);\n${fs.readFileSync(main, 'utf8')}`,
  );
};

/** An agent that never answers. */
const silent = (folder: string) =>
  replaceIn(
    path.join(folder, 'bin/slipway'),
    'exec "$node" --max-semi',
    'exec sleep 1000; exec "$node" --max-semi',
  );

/** An agent that works for a second, and ends. */
const shortLived = (folder: string) => {
  const main = path.join(folder, 'dist/main.js');
  const end = "if(process.argv.includes('agent'))setTimeout(()=>process.exit(9),1000);";
  fs.writeFileSync(main, `${end}\n${fs.readFileSync(main, 'utf8')}`);
};

/** One that brings the journal to another form. */
const migrating = (folder: string) => {
  const last = migrations.at(-1) ?? '';
  const dist = path.join(folder, 'dist');
  const literals = [`\`${last}\``, JSON.stringify(last)];
  let changed = 0;
  for (const name of fs.readdirSync(dist).filter((each) => each.endsWith('.js'))) {
    const text = fs.readFileSync(path.join(dist, name), 'utf8');
    for (const literal of literals.filter((each) => text.includes(each))) {
      replaceIn(path.join(dist, name), literal, `${literal},"CREATE TABLE later (x INTEGER) STRICT;"`);
      changed += 1;
    }
  }
  if (changed === 0) throw new Error('the bundle has no migrations');
  const journal = (form: number) => `"journal": ${form}`;
  replaceIn(path.join(folder, 'package.json'), journal(migrations.length), journal(migrations.length + 1));
};

/** Requests to a port, as many as the machine gives, for some seconds; resolves with what failed of them. */
async function load(machine: SystemdMachine, seconds: number): Promise<string> {
  const { stdout } = await promisify(execFile)('nsenter', [
    `--net=${machine.network}`,
    ...['wrk', '-t', '1', '-c', '8', '-d', `${seconds}s`, 'http://127.0.0.1:4000/'],
  ]);
  expect(stdout).toMatch(/\d+ requests in/);
  return (/Socket errors.*|Non-2xx.*/.exec(stdout) ?? [''])[0];
}

test('a host is installed, rebooted, updated under load and given up, and its apps go on', async () => {
  const machine = await bareMachine();
  const first = await machine.run(INSTALL);
  expect(first).toMatch(
    /made {5}user deployer[^]*made {5}the agent[^]*Slipway 0\.1\.0 is installed\.\nWhat follows:/,
  );
  const lasting =
    'find /opt /etc/slipway /etc/systemd/system /usr/local /var/lib/slipway -printf "%p %m %u %T@ %l\\n" | grep -v "slipway.db\\|/run$" | sort';
  const before = await machine.run(lasting);
  expect(await machine.run(INSTALL)).toMatch(/Nothing was changed: Slipway 0\.1\.0 is installed\.$/);
  expect(await machine.run(lasting)).toBe(before);
  const doctor = await machine.run('slipway doctor');
  expect(doctor).toContain('0 failed, 0 warnings');

  const agent = InstalledAgent.on(machine);
  await agent.configure({ start: `${NODE} server.js`, user: 'deployer' });
  await machine.run('slipway config apply');
  await agent.untilReady();

  await machine.powerOff();
  const rebooted = await SystemdMachine.bootBare(machine);
  const again = InstalledAgent.on(rebooted);
  await again.untilItAnswers();
  const pids = (await again.untilReady()).instances.map(({ pid }) => pid);

  const [failed, updated] = await Promise.all([
    load(rebooted, 6),
    rebooted.run(`slipway update --archive ${offerVersion(rebooted, '0.1.1')}`),
  ]);
  expect(failed).toBe('');
  expect(updated).toContain(
    'Slipway 0.1.1 is in force, after 0.1.0.\n2 instances ran on, with the same pids.',
  );
  expect((await again.status()).agent.version).toBe('0.1.1');
  expect(await again.pids()).toEqual(pids);

  const taken = await rebooted.run(
    `sh /srv/install.sh --update ${offerVersion(rebooted, '0.1.2', dying)} 2>&1 || echo "status $?"`,
  );
  expect(taken).toMatch(
    /Slipway 0\.1\.2 was not taken: its agent ended[^]*0\.1\.1 is back in force[^]*status 5/,
  );
  const late = await rebooted.run(
    `slipway update --wait 3s --archive ${offerVersion(rebooted, '0.1.3', silent)} 2>&1 || echo "status $?"`,
  );
  expect(late).toMatch(/Slipway 0\.1\.3 was not taken: its agent did not answer within 3 s[^]*status 5/);
  expect((await again.status()).agent.version).toBe('0.1.1');
  expect(await again.pids()).toEqual(pids);

  const gone = await rebooted.run('sh /srv/install.sh --uninstall </dev/null');
  expect(gone).toMatch(/gone {5}\/opt\/slipway[^]*Kept: \/etc\/slipway\/slipway\.yaml, \/var\/lib\/slipway/);
  expect(gone).toContain('Apps still run, and nobody watches them now.');
  for (const pid of pids) await rebooted.run(`kill -0 ${pid}`);
  await rebooted.run(
    'test -s /var/lib/slipway/slipway.db && test -d /var/log/slipway/web && test ! -e /opt/slipway',
  );

  await rebooted.run(INSTALL);
  await again.untilItAnswers();
  expect(await again.pids()).toEqual(pids);
  await rebooted.run('sh /srv/install.sh --uninstall --stop-apps');
  for (const pid of pids) await expect(rebooted.run(`kill -0 ${pid}`)).rejects.toThrow('No such process');
});

test('a journal that a failed update has changed is put back, and a later way back is refused', async () => {
  const machine = await bareMachine();
  await machine.run(INSTALL);
  const agent = InstalledAgent.on(machine);
  await agent.configure({ start: `${NODE} server.js` });
  await machine.run('slipway config apply');
  const pids = (await agent.untilReady()).instances.map(({ pid }) => pid);
  const tried = (command: string) => machine.run(`${command} 2>&1 || echo "status $?"`);

  const ending = offerVersion(machine, '0.2.0', (folder) => {
    migrating(folder);
    shortLived(folder);
  });
  expect(await tried(`slipway update --archive ${ending}`)).toMatch(
    /the journal is kept as it was[^]*0\.2\.0 was not taken: its agent ended[^]*0\.1\.0 is back in force[^]*status 5/,
  );
  expect((await agent.status()).agent.version).toBe('0.1.0');
  expect(await machine.run('slipway deployments web --json')).toContain('"succeeded"');

  const good = offerVersion(machine, '0.2.1', migrating);
  const dry = await machine.run(`slipway update --dry-run --archive ${good}`);
  expect(dry).toMatch(/The journal gets another form[^]*Nothing was changed\.$/);
  expect(await machine.run('ls /opt/slipway')).toBe('0.1.0\n0.2.0\ncurrent');
  await machine.run(`slipway update --archive ${good}`);
  expect(await tried('slipway update --to 0.1.0')).toMatch(
    /knows none after \d+\n[^]*would be lost; nothing was changed\n[^]*status 1/,
  );
  expect((await agent.status()).agent.version).toBe('0.2.1');

  const mute = offerVersion(machine, '0.2.2', (folder) => {
    migrating(folder);
    silent(folder);
  });
  await machine.run(`slipway update --archive ${mute} >/dev/null 2>&1 & updater=$!
    until [ "$(readlink /opt/slipway/current)" = 0.2.2 ]; do sleep 0.02; done
    kill -9 $updater`);
  expect(await tried('slipway update --wait 3s --to 0.2.1')).toMatch(
    /0\.2\.2 was not taken: its agent did not answer[^]*0\.2\.1 is back in force[^]*status 5/,
  );
  expect((await agent.status()).agent.version).toBe('0.2.1');
  expect(await tried('slipway update --to 0.2.1')).toContain(
    '0.2.1 is in force already; nothing was changed.',
  );
  expect(await agent.pids()).toEqual(pids);
});
