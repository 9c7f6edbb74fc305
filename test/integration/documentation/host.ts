import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { type Client, connect } from '../../../src/api/index.ts';
import { Bucket } from '../../support/bucket.ts';
import { productionUnit, UNIT_FILE } from '../../support/installed-agent.ts';
import { otpReleases } from '../../support/otp-releases.ts';
import { PASSWORD } from '../../support/person.ts';
import { Repository } from '../../support/site.ts';
import { SystemdMachine } from '../../support/systemd-machine.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';
import type { Block } from './blocks.ts';
import { lastOf, scriptOf } from './session.ts';

type CleanUp = (fn: () => void | Promise<void>) => void;

const ADDRESS = 'https://deploy.example.com';

const CHECKOUT = path.join(import.meta.dirname, '../../..');

/** A service of three instances whose version 1.2.0 is bad: the demo's. */
const DEMO = path.join(CHECKOUT, 'demo/app/server.js');

/** As much of a Laravel application as its commands need, in PHP. */
const ARTISAN = `<?php
$command = $argv[1] ?? 'list';
echo "$command\\n";
while ($command === 'queue:work') sleep(1);
`;

/**
 * A host as the pages tell of one: systemd, an agent by its unit, the apps that the examples name, a web server with a
 * certificate in front.
 */
export class DocumentedHost {
  readonly machine: SystemdMachine;
  private readonly phoenix: Bucket;
  private readonly demo: Bucket;
  private readonly shop: Repository;
  private pushes = 0;

  private constructor(machine: SystemdMachine) {
    this.machine = machine;
    this.phoenix = bucketOf(machine, 'myphoenixapp');
    this.demo = bucketOf(machine, 'demo');
    this.shop = new Repository(path.join(machine.shared, 'git'));
  }

  static async boot(cleanUp: CleanUp): Promise<DocumentedHost> {
    const machine = await SystemdMachine.boot({ cleanUp, hasPrograms: true });
    const host = new DocumentedHost(machine);
    host.publishApps();
    await host.install();
    await host.untilAllAreLive();
    return host;
  }

  /**
   * Runs the blocks of a page, in order, in a folder of its own; what they print. Rejects where a command of an `sh` block
   * fails.
   */
  async run(page: string, blocks: Block[]): Promise<string> {
    const name = page.replaceAll('/', '-');
    await this.untilItAnswers();
    if (blocks.some(({ text }) => text.includes('slipway deploy'))) await this.offerAnew();
    fs.writeFileSync(path.join(this.srv, `${name}.sh`), scriptOf(blocks));
    if (blocks.some(({ text }) => /ghosted|slipway shell/.test(text))) await this.untilIdle();
    if (blocks.some(({ text }) => text.includes(' ada '))) await this.inviteAda();
    try {
      return await this.machine.run(`exec bash /srv/set-up session /srv/${name}.sh </dev/null 2>&1`, {
        silentMs: 100_000,
      });
    } catch (error) {
      throw new Error(lastOf(String(error)));
    }
  }

  /** The user that examples name; one of them removes her. */
  private async inviteAda(): Promise<void> {
    const client = this.client();
    if ((await client.users({})).some(({ user }) => user === 'ada')) return;
    const { url } = await client.inviteUser({ role: 'admin', user: 'ada' });
    const body = JSON.stringify({ token: new URL(url).hash.slice(1), user: 'ada', password: PASSWORD });
    await this.machine.run(
      `curl --silent --show-error --fail --json '${body}' -H 'Origin: ${ADDRESS}' ${ADDRESS}/api/v1/session/invitation`,
    );
  }

  /** What is live is offered no longer: there is something to deploy. */
  private async offerAnew(): Promise<void> {
    const { apps } = await this.client().status({});
    const live = apps.find(({ app }) => app === 'myphoenixapp')?.live?.version;
    this.phoenix.offer({ version: live === '0.1.0' ? '0.1.1' : '0.1.0', hash: 'local' });
    this.push();
  }

  private async untilIdle(): Promise<void> {
    await waitFor(
      'every app to be running',
      async () => {
        const { apps } = await this.client().status({});
        if (apps.every(({ state, deployment }) => state === 'running' && deployment === null)) return true;
        throw new Error(JSON.stringify(apps));
      },
      SELDOM,
    );
  }

  client(): Client {
    return connect({ socketPath: this.machine.socket('/var/lib/slipway/slipway.sock'), actor: 'root' });
  }

  /** What the machine sees as /srv. */
  private get srv(): string {
    return this.machine.shared;
  }

  private publishApps(): void {
    for (const version of ['0.1.0', '0.1.1']) putElixir(this.phoenix, version);
    this.phoenix.offer({ version: '0.1.0', hash: 'local' });
    const api = bucketOf(this.machine, 'api');
    for (const version of ['1.4.1', '1.4.2']) api.putProgram(version, { WEB_LINES: 3 });
    api.offer({ version: '1.4.1', hash: 'local' });
    for (const version of ['1.1.0', '1.2.0']) this.publishDemo(version);
    this.demo.offer({ version: '1.1.0', hash: 'local' });
    this.shop.push({ artisan: ARTISAN, 'composer.json': '{}\n' }, { branch: 'feature/basket' });
    this.push();
  }

  private push(): void {
    this.pushes += 1;
    this.shop.push({ 'public/index.php': '<?php echo "shop 1\\n";\n', pushes: `${this.pushes}` });
  }

  private publishDemo(version: string): void {
    const source = fs.readFileSync(DEMO, 'utf8');
    this.demo.putFiles(version, {
      'server.js': source,
      'package.json': JSON.stringify({ name: 'demo', version, type: 'module' }),
    });
  }

  private async install(): Promise<void> {
    const { machine } = this;
    for (const name of ['set-up', 'person'])
      fs.copyFileSync(path.join(import.meta.dirname, `${name}.sh`), path.join(this.srv, name));
    fs.writeFileSync(path.join(this.srv, 'slipway.yaml'), stringify(configuration()));
    await machine.write(UNIT_FILE, productionUnit());
    await machine.run('bash /srv/set-up');
    await this.untilItAnswers();
  }

  private async untilItAnswers(): Promise<void> {
    await waitFor('the agent to answer', async () => (await this.client().status({})).agent.pid, SELDOM);
  }

  private async untilAllAreLive(): Promise<void> {
    const client = this.client();
    await client.deploy({ app: 'myphoenixapp' });
    await client.deploy({ app: 'shop' });
    await this.untilIdle();
    // There is to be a way back.
    await this.offerAnew();
    await client.deploy({ app: 'myphoenixapp' });
    for (let times = 1; times <= 2; times++) {
      await client.deploy({ app: 'shop' });
      await this.untilIdle();
    }
    this.demo.offer({ version: '1.2.0', hash: 'local' });
    // A token of the number that examples name.
    for (let id = 1; id <= 7; id++) await client.createToken({ name: `token-${id}`, role: 'viewer' });
  }
}

function bucketOf(machine: SystemdMachine, app: string): Bucket {
  return new Bucket(path.join(machine.shared, 'releases', app), app);
}

/** The release of the fixtures, by the name that the pages give their app. */
function putElixir(bucket: Bucket, version: string): void {
  const stage = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-stage-'));
  try {
    execFileSync('tar', ['-xzf', otpReleases().elixir(version), '-C', stage]);
    fs.copyFileSync(path.join(stage, 'bin/demo_app'), path.join(stage, 'bin/myphoenixapp'));
    execFileSync('tar', ['-czf', bucket.archive(version), '-C', stage, '.']);
  } finally {
    fs.rmSync(stage, { recursive: true });
  }
}

function configuration() {
  const quick = { prove_after: '100ms', stop: { grace: '5s' } };
  const bucket = (app: string) => ({ type: 'bucket', url: `/srv/releases/${app}` });
  const program = { kind: 'service', runtime: 'command', start: 'node server.js', ...quick };
  return {
    public: ADDRESS,
    behind_proxy: true,
    apps: [
      {
        name: 'myphoenixapp',
        kind: 'service',
        runtime: 'elixir',
        auto: false,
        source: bucket('myphoenixapp'),
        replicas: 2,
        port: 4000,
        cron: [{ name: 'report', schedule: '@daily', command: 'bin/myphoenixapp eval "IO.puts(1 + 1)"' }],
        ...quick,
      },
      { name: 'api', ...program, source: bucket('api'), replicas: 2, port: 8080 },
      { name: 'demo', ...program, source: bucket('demo'), replicas: 3, port: 4100, prove_after: '5s' },
      {
        name: 'shop',
        kind: 'site',
        root: '/webroot',
        keep: 100,
        source: { type: 'git', url: '/srv/git/shop.git', branch: 'main' },
        user: 'deployer',
        workers: [{ name: 'queue', command: 'php artisan queue:work', replicas: 2 }],
        cron: [{ name: 'report', schedule: '@daily', command: 'php artisan report' }],
        webhook: { secret: { file: '/etc/slipway/shop.webhook' } },
      },
    ],
  };
}
