import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { slipway, startCli } from '../../fixtures/slipway.ts';
import { freePorts } from '../../support/free-port.ts';
import { Signer } from '../../support/signer.ts';
import { SiteWorkshop } from '../../support/site.ts';
import { PersonsTerminal } from '../../support/terminal.ts';
import { waitFor } from '../../support/wait-for.ts';

async function withArchives(site: Record<string, unknown> = {}, options: { listen?: string } = {}) {
  const workshop = await SiteWorkshop.make({ site: { source: { type: 'upload' }, ...site }, ...options });
  const { folder, data } = workshop.workshop;
  const tree = path.join(folder, 'tree');
  const pack = (name: string, content: string) => {
    fs.rmSync(tree, { recursive: true, force: true });
    fs.mkdirSync(path.join(tree, '.slipway'), { recursive: true });
    fs.writeFileSync(path.join(tree, 'index.html'), content);
    fs.writeFileSync(
      path.join(tree, '.slipway', 'after.extract'),
      'echo extracted; echo $RELEASE_NUMBER >extracted',
    );
    fs.writeFileSync(path.join(tree, '.slipway', 'after.pull'), 'exit 1');
    const file = path.join(folder, name);
    if (name.endsWith('.zip')) execFileSync('zip', ['-qr', file, '.'], { cwd: tree });
    else execFileSync('tar', ['-czf', file, '.'], { cwd: tree });
    return file;
  };
  const cli = (...args: string[]) => slipway(args, { socketPath: path.join(data, 'slipway.sock') });
  /** What was sent is taken away a moment after the end of its deployment. */
  const untilNothingSentIsKept = async () =>
    void (await waitFor(
      'what was sent to be gone',
      () => fs.readdirSync(path.join(data, 'uploads', 'shop')).length === 0,
    ));
  return { site: workshop, pack, cli, untilNothingSentIsKept };
}

test('an archive that is sent becomes a release: a tar.gz, and a zip', async () => {
  const { site, pack, cli, untilNothingSentIsKept } = await withArchives();
  await site.workshop.start();
  const first = await cli('deploy', 'shop', '--archive', pack('site.tar.gz', 'one'));
  expect(first).toMatchObject({ status: 0 });
  expect(site.served('index.html')).toBe('one');
  expect(site.served('extracted')).toMatch(/^deployment_1\./);

  const second = await cli('deploy', 'shop', '--archive', pack('site.zip', 'two'), '--version', '2.0');
  expect(second).toMatchObject({ status: 0 });
  expect(site.served('index.html')).toBe('two');
  expect(fs.readlinkSync(site.file('current'))).toBe('release/deployment_2.2.0');
  expect(await site.workshop.app()).toMatchObject({ pinned: null, live: { version: '2.0', number: 2 } });

  expect((await site.rollback()).state).toBe('succeeded');
  expect(site.served('index.html')).toBe('one');

  // As it is downloaded from where repositories are: all of it in one folder.
  const wrapped = pack('wrapped.tar.gz', 'three');
  execFileSync('tar', ['-czf', wrapped, '--transform', 's,^[.],shop-3.0,', '.'], {
    cwd: path.join(site.workshop.folder, 'tree'),
  });
  expect(await cli('deploy', 'shop', '--archive', wrapped)).toMatchObject({ status: 0 });
  expect(site.served('index.html')).toBe('three');
  await untilNothingSentIsKept();
});

test('an archive that is too large, broken, or not there is refused, and what is live stays', async () => {
  const { site, pack, cli, untilNothingSentIsKept } = await withArchives({ upload: { max_size: '8KB' } });
  await site.workshop.start();
  await cli('deploy', 'shop', '--archive', pack('site.tar.gz', 'one'));
  await untilNothingSentIsKept();

  const large = path.join(site.workshop.folder, 'large.tar.gz');
  fs.writeFileSync(large, Buffer.alloc(20_000, 1));
  const tooLarge = await cli('deploy', 'shop', '--archive', large);
  expect(tooLarge).toMatchObject({ status: 1, stderr: expect.stringContaining('upload.max_size') });

  const broken = path.join(site.workshop.folder, 'broken.zip');
  fs.writeFileSync(broken, 'no archive at all');
  expect(await cli('deploy', 'shop', '--archive', broken)).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('neither a .tar.gz nor a .zip'),
  });
  // Refused before anything was begun.
  expect((await site.workshop.lastDeployment())?.state).toBe('succeeded');
  expect(fs.readdirSync(path.join(site.workshop.data, 'uploads', 'shop'))).toEqual([]);

  const torn = path.join(site.workshop.folder, 'torn.tar.gz');
  fs.writeFileSync(torn, gzipSync('no archive at all'));
  expect((await cli('deploy', 'shop', '--archive', torn)).status).toBe(1);
  const failed = await site.workshop.lastDeployment();
  expect(failed).toMatchObject({
    state: 'failed',
    reason: expect.stringContaining('refused, for it is not'),
  });

  expect((await cli('deploy', 'shop', '--archive', '/nowhere.zip')).stderr).toMatch(
    /\/nowhere\.zip cannot be sent[^]*next: ls -l \//,
  );
  expect(site.served('index.html')).toBe('one');
});

test('an archive for a site that follows a branch is pinned, until a person unpins it', async () => {
  const { site, pack, cli } = await withArchives();
  site.workshop.configure({ source: { type: 'git', url: site.repository.bare, branch: 'main' }, auto: true });
  const commit = site.repository.push({ 'index.html': 'from git' });
  await site.workshop.start();
  await site.workshop.untilDeployed(commit);
  expect((await cli('deploy', 'shop', '--archive', pack('fix.tar.gz', 'by hand'))).status).toBe(0);
  expect(site.served('index.html')).toBe('by hand');
  const { pinned } = await site.workshop.app();
  const broken = path.join(site.workshop.folder, 'broken.zip');
  fs.writeFileSync(broken, 'no archive at all');
  expect((await cli('deploy', 'shop', '--archive', broken)).status).toBe(1);
  expect((await site.workshop.app()).pinned).toBe(pinned);
  expect((await site.workshop.app()).pinned).not.toBeNull();
  const next = site.repository.push({ 'index.html': 'newer' });
  await (await site.workshop.client()).unpin({ app: 'shop' });
  await site.workshop.untilDeployed(next);
  expect((await site.workshop.app()).live?.version).toBe(next);
});

test('where keys are in force, an archive is taken with its signature alone', async () => {
  const signer = new Signer();
  const { site, pack, cli, untilNothingSentIsKept } = await withArchives({
    signing: { keys: [signer.publicKey] },
  });
  await site.workshop.start();
  const archive = pack('site.tar.gz', 'one');
  const refused = await cli('deploy', 'shop', '--archive', archive);
  expect(refused).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('is refused: it is not signed'),
  });
  fs.writeFileSync(`${archive}.minisig`, await new Signer().sign(fs.readFileSync(archive), 'site.tar.gz'));
  const forged = await cli('deploy', 'shop', '--archive', archive);
  expect(forged).toMatchObject({ status: 1, stderr: expect.stringContaining('is refused: it is signed by') });
  expect(fs.existsSync(site.file('current'))).toBe(false);
  await untilNothingSentIsKept();
  fs.writeFileSync(`${archive}.minisig`, await signer.sign(fs.readFileSync(archive), 'site.tar.gz'));
  expect(await cli('deploy', 'shop', '--archive', archive)).toMatchObject({ status: 0 });
  expect(site.served('index.html')).toBe('one');
});

test('an archive through standard input goes live, by the socket and from elsewhere', async () => {
  const port = await freePorts(1);
  const { site, pack, cli, untilNothingSentIsKept } = await withArchives({}, { listen: `127.0.0.1:${port}` });
  await site.workshop.start();
  const { folder, data } = site.workshop;
  const piped = async (file: string, ...args: string[]) => {
    const running = startCli(['deploy', 'shop', '--archive', '-', ...args], {
      socketPath: path.join(data, 'slipway.sock'),
    });
    fs.createReadStream(file).pipe(running.child.stdin as Writable);
    return await running.ended;
  };
  const first = await piped(pack('site.tar.gz', 'one'));
  expect(first).toMatchObject({ status: 0, stderr: expect.stringMatching(/sent standard input: \d+ B in/) });
  expect(site.served('index.html')).toBe('one');
  expect(await piped(pack('site.zip', 'two'), '--version', '2.0')).toMatchObject({ status: 0 });
  expect(fs.readlinkSync(site.file('current'))).toBe('release/deployment_2.2.0');

  const { token } = await (await site.workshop.client()).createToken({ name: 'ci', role: 'admin' });
  const tokenFile = path.join(folder, 'token');
  fs.writeFileSync(tokenFile, token, { mode: 0o600 });
  const elsewhere = ['--url', `http://127.0.0.1:${port}`, '--token-file', tokenFile];
  expect(await piped(pack('third.tar.gz', 'three'), ...elsewhere)).toMatchObject({ status: 0 });
  expect(site.served('index.html')).toBe('three');
  await untilNothingSentIsKept();

  // As what makes it dies: by itself, and before a gzip that goes on.
  const whole = fs.readFileSync(pack('fourth.tar.gz', 'four'));
  const torn = path.join(folder, 'torn');
  for (const [bytes, why] of [
    [whole.subarray(0, whole.length - 20), 'unexpected end of file'],
    [gzipSync(gunzipSync(whole).subarray(0, 1024)), 'its tar has no end'],
    [fs.readFileSync(pack('fifth.zip', 'five')).subarray(0, -30), 'its list of entries is missing'],
    [Buffer.alloc(0), 'nothing came through'],
  ] as const) {
    fs.writeFileSync(torn, bytes);
    const { status, stderr } = await piped(torn);
    expect([status === 0, stderr]).toEqual([false, expect.stringContaining(why)]);
  }
  const killed = startCli(['deploy', 'shop', '--archive', '-'], {
    socketPath: path.join(data, 'slipway.sock'),
  });
  killed.child.stdin?.write(whole.subarray(0, 200));
  await waitFor('it to come', () => fs.readdirSync(path.join(data, 'uploads', 'shop')).length > 0);
  const [coming = ''] = fs.readdirSync(path.join(data, 'uploads', 'shop'));
  expect(fs.statSync(path.join(data, 'uploads', 'shop', coming)).mode & 0o777).toBe(0o600);
  killed.child.kill('SIGKILL');
  await untilNothingSentIsKept();
  const terminal = new PersonsTerminal(['deploy', 'shop', '--archive', '-'], {
    env: { SLIPWAY_SOCKET: path.join(data, 'slipway.sock') },
  });
  await terminal.until(/which is a terminal[^]*tar -cz \. \| slipway deploy shop --archive -/);
  expect(await terminal.ended).toMatchObject({ status: 2 });
  expect(site.served('index.html')).toBe('three');
  expect(JSON.parse((await cli('deployments', 'shop', '--json')).stdout)).toHaveLength(3);
});
