import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { LAUNCHER, slipway } from '../../fixtures/slipway.ts';
import { type OtpReleases, otpReleases } from '../../support/otp-releases.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const page = fs.readFileSync(new URL('../../../docs/publishing.md', import.meta.url), 'utf8');

/** The blocks of a section of the page, by their language. */
function blocksOf(section: string, language: string): string[] {
  const text =
    page.split(/^#{2,3} /m).find((each) => each.replace(/^# /, '').startsWith(`${section}\n`)) ?? '';
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, each]) => each === language)
    .map(([, , body = '']) => body);
}

const blockOf = (section: string, language = 'sh') => blocksOf(section, language)[0] ?? '';

let releases: OtpReleases;
beforeAll(() => {
  releases = otpReleases();
}, 120_000);

/** A build machine with a project; the tools that it builds with give what was built before. */
class Job {
  readonly folder = temporaryFolder();
  readonly project = path.join(this.folder, 'project');
  readonly bucket = path.join(this.folder, 'bucket');
  readonly env: NodeJS.ProcessEnv;
  private readonly bin = path.join(this.folder, 'bin');

  constructor() {
    for (const folder of [this.project, this.bin]) fs.mkdirSync(folder);
    this.tool('slipway', `exec ${LAUNCHER} "$@"`);
    const elixir = releases.elixir('0.1.1');
    const rel = '_build/prod/rel/demo_app';
    // As `mix release` with the step :tar does it.
    const release = `mkdir -p ${rel}; tar -xzf ${elixir} -C ${rel}; cp ${elixir} _build/prod`;
    this.tool('mix', `[ "$1" != release ] || { ${release}; }`);
    const erlang = releases.erlang('0.1.0');
    const at = '_build/prod/rel/demo_erl';
    this.tool(
      'rebar3',
      `mkdir -p ${at}; tar -xzf ${erlang} -C ${at}; cp ${erlang} ${at}/demo_erl-0.1.0.tar.gz`,
    );
    this.tool('go', 'mkdir -p build; printf "#!/bin/sh\\n" >build/hello; chmod 755 build/hello');
    this.tool('composer', 'mkdir -p vendor; touch vendor/autoload.php');
    this.env = {
      TO: this.bucket,
      VERSION: '1.2.0',
      HOME: this.folder,
      PATH: `${this.bin}:${process.env.PATH}`,
    };
  }

  tool(name: string, body: string): void {
    fs.writeFileSync(path.join(this.bin, name), `#!/bin/bash\nset -e\n${body}\n`, { mode: 0o755 });
  }

  write(name: string, content: string): void {
    fs.writeFileSync(path.join(this.project, name), content);
  }

  /** As CI runs the lines of a step. */
  run(lines: string): string {
    const result = spawnSync('bash', ['-e', '-c', lines], {
      cwd: this.project,
      env: this.env,
      encoding: 'utf8',
    });
    expect(result, result.stderr).toMatchObject({ status: 0 });
    return result.stdout;
  }

  offered(app: string, environment = 'production'): unknown {
    const file = path.join(this.bucket, 'versions', app, environment, 'current.json');
    const { version } = JSON.parse(fs.readFileSync(file, 'utf8')) as { version: string };
    expect(fs.existsSync(path.join(this.bucket, 'dist', app, `${app}-${version}.tar.gz`))).toBe(true);
    return version;
  }

  /** What CI downloads: an archive with its folder, as script/package makes it. */
  packaged(): { url: string; sha256: string } {
    const file = path.join(this.folder, 'slipway.tar.gz');
    this.run(
      `mkdir -p ${this.folder}/p/slipway-1/bin && cp ${this.bin}/slipway ${this.folder}/p/slipway-1/bin`,
    );
    this.run(`tar -czf ${file} -C ${this.folder}/p slipway-1`);
    fs.rmSync(path.join(this.bin, 'slipway'));
    return { url: `file://${file}`, sha256: this.run(`sha256sum <${file}`).slice(0, 64) };
  }
}

async function signingKey(job: Job): Promise<string> {
  const file = path.join(job.folder, 'signing.key');
  expect((await slipway(['keys', 'make', file, '--no-password'])).status).toBe(0);
  return file;
}

test('the first lines of the guide publish a folder, twice, and with a key', () => {
  const job = new Job();
  fs.mkdirSync(path.join(job.project, 'build'));
  job.write('build/server.js', '');
  const lines = blockOf('Publishing').trim().split('\n');
  expect(job.run(lines[0] ?? '')).toContain('would publish');
  expect(job.run(lines[1] ?? '')).toContain('published');
  expect(job.run(lines[2] ?? '')).toContain('unchanged');
  job.run(blockOf('Keys'));
  expect(fs.existsSync(path.join(job.project, 'bucket/versions/api/production/current.json.minisig'))).toBe(
    true,
  );
});

interface Workflow {
  env: Record<string, string>;
  jobs: { publish: { steps: { run?: string; env?: Record<string, string> }[] } };
}

test('the workflow of GitHub Actions publishes, signed, with what its steps say', async () => {
  const job = new Job();
  const workflow = parse(blockOf('GitHub Actions', 'yaml')) as Workflow;
  const key = await signingKey(job);
  const { url, sha256 } = job.packaged();
  const temporary = path.join(job.folder, 'runner');
  fs.mkdirSync(temporary);
  const paths = path.join(temporary, 'paths');
  Object.assign(job.env, workflow.env, { TO: job.bucket, SLIPWAY: url, SLIPWAY_SHA256: sha256 });
  Object.assign(job.env, { RUNNER_TEMP: temporary, GITHUB_PATH: paths });
  for (const { run, env = {} } of workflow.jobs.publish.steps) {
    if (run === undefined) continue;
    Object.assign(job.env, env, { SIGNING_KEY: fs.readFileSync(key, 'utf8') });
    if (fs.existsSync(paths)) job.env.PATH = `${fs.readFileSync(paths, 'utf8').trim()}:${job.env.PATH}`;
    job.run(run);
  }
  expect(job.offered('demo_app', 'prod')).toBe('0.1.1');
  expect(fs.existsSync(path.join(job.bucket, 'dist/demo_app/demo_app-0.1.1.tar.gz.minisig'))).toBe(true);
  expect(fs.statSync(path.join(temporary, 'signing.key')).mode & 0o777).toBe(0o600);
});

test('the job of GitLab publishes, signed, with what its script says', async () => {
  const job = new Job();
  const { publish } = parse(blockOf('GitLab CI', 'yaml')) as {
    publish: { variables: Record<string, string>; script: string[] };
  };
  const key = await signingKey(job);
  const { url, sha256 } = job.packaged();
  Object.assign(job.env, publish.variables, {
    TO: job.bucket,
    SLIPWAY: url,
    SLIPWAY_SHA256: sha256,
    SIGNING_KEY: key,
  });
  job.run(publish.script.join('\n'));
  expect(job.offered('demo_app', 'prod')).toBe('0.1.1');
});

test('the script publishes', () => {
  const job = new Job();
  job.write('release.sh', blockOf('A script'));
  job.run('sh release.sh');
  expect(job.offered('demo_app', 'prod')).toBe('0.1.1');
});

describe('the lines for', () => {
  test('Elixir publish what mix has built', () => {
    const job = new Job();
    job.run(blockOf('Elixir'));
    expect(job.offered('demo_app')).toBe('0.1.1');
  });

  test('Erlang publish what rebar3 has built', () => {
    const job = new Job();
    job.run(blockOf('Erlang'));
    expect(job.offered('demo_erl')).toBe('0.1.0');
  });

  test('Node publish the project with what it needs', () => {
    const job = new Job();
    job.write('package.json', '{ "name": "api", "version": "1.2.0" }');
    job.write(
      'package-lock.json',
      '{ "name": "api", "version": "1.2.0", "lockfileVersion": 3, "packages": {} }',
    );
    job.write('server.js', '');
    job.run(blockOf('Node'));
    expect(job.offered('api')).toBe('1.2.0');
  });

  test('Go publish a program', () => {
    const job = new Job();
    job.run(blockOf('Go'));
    expect(job.offered('hello')).toBe('1.2.0');
  });

  test('a Laravel site deploy it by its agent', async () => {
    const job = new Job();
    const site = await SiteWorkshop.make({ site: { source: { type: 'upload' }, shared: [] } });
    await site.workshop.start();
    job.tool('npm', 'mkdir -p node_modules public; echo built >public/app.js');
    job.write('index.html', 'hello');
    job.run('git init -q . && git add -A && git -c user.name=A -c user.email=a@b.c commit -qm one');
    job.env.SLIPWAY_SOCKET = path.join(site.workshop.data, 'slipway.sock');
    job.run(blockOf('A Laravel site').replaceAll('/tmp/', `${job.folder}/`));
    expect(site.served('public/app.js')).toBe('built\n');
    expect(await site.workshop.app()).toMatchObject({ live: { version: '1.2.0' } });
  });
});

test.each(['Node', 'Go', 'A Laravel site'])('the configuration for %s is right', async (section) => {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, blockOf(section, 'yaml'));
  expect(await slipway(['config', 'check', '--config', file])).toMatchObject({ status: 0 });
});
