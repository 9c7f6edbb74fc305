import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { BareRoot } from '../../support/bare-root.ts';
import { otherVersion, packaged, replaceIn } from '../../support/packaged.ts';
import { systemdRoot } from '../../support/systemd-machine.ts';

const INSTALLER = path.join(import.meta.dirname, '../../../install.sh');
/** But for what node has compiled, which grows as the command line is used. */
const EVERYTHING =
  'find / -xdev -path "*/.cache/compile" -prune -o -printf "%p %m %u:%g %l\\n" | sort | grep -v "^/srv"';
let archive: string;

beforeAll(() => {
  systemdRoot();
  archive = packaged();
});

async function bareRoot(): Promise<BareRoot> {
  const root = await BareRoot.make();
  fs.copyFileSync(archive, path.join(root.shared, 'slipway.tar.gz'));
  fs.copyFileSync(`${archive}.sha256`, path.join(root.shared, 'sum'));
  fs.copyFileSync(INSTALLER, path.join(root.shared, 'install.sh'));
  return root;
}

test('a dry run tells what is missing and what is to be done, changes nothing and ends with 0', async () => {
  const root = await bareRoot();
  const before = await root.run(EVERYTHING);
  const all = await root.run('sh /srv/install.sh --dry-run /srv/slipway.tar.gz');
  expect(all).toMatchObject({ status: 0 });
  expect(all.text).toMatch(
    /note {5}no systemd runs here[^]*to do {4}user deployer[^]*to do {4}\/opt\/slipway\/0\.1\.0/,
  );
  expect(all.text).toMatch(/9 to do\. Nothing was changed\.\n$/);
  for (const [argv, lacking] of [
    ['--install --dry-run', /to do/],
    ['--install --dry-run /srv/nowhere.tar.gz', /lacks {4}\/srv\/nowhere\.tar\.gz: the archive is not there/],
    [
      '--install --dry-run https://deploy.example.com/slipway.tar.gz',
      /lacks {4}curl or wget[^]*needs its checksum[^]*10 to do\./,
    ],
    ['--update --dry-run /srv/slipway.tar.gz', /lacks {4}no Slipway is installed here/],
    ['--uninstall --dry-run', /Nothing was there to be taken away/],
  ] as const) {
    const { status, text } = await root.run(`sh /srv/install.sh ${argv}`);
    expect(text, argv).toMatch(lacking);
    expect(status, argv).toBe(0);
  }
  const { text: help } = await root.run('sh /srv/install.sh --help');
  expect(help).toMatch(/^Installs Slipway[^]*where systemd is\.\n$/);
  expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const other = await root.run('setpriv --reuid 65534 sh /srv/install.sh --dry-run /srv/slipway.tar.gz');
  expect(other).toMatchObject({ status: 0, text: expect.stringContaining('lacks    root: run it as root') });
  expect(await root.run(EVERYTHING)).toEqual(before);
});

test('what is not the archive that it should be is refused, and nothing is changed', async () => {
  const root = await bareRoot();
  const arm = otherVersion(archive, {
    version: '0.1.0',
    folder: root.shared,
    change: (folder) => replaceIn(path.join(folder, 'package.json'), 'linux-x64', 'linux-arm64'),
  });
  fs.writeFileSync(path.join(root.shared, 'other'), 'no archive\n');
  const before = await root.run(EVERYTHING);
  for (const [argv, reason] of [
    [
      `--install --sha256 ${'0'.repeat(64)} /srv/slipway.tar.gz`,
      /has the SHA-256 [0-9a-f]{64}, and not 0{64}\. Nothing/,
    ],
    ['--install /srv/other', /is no archive of Slipway/],
    [`--install /srv/${path.basename(arm)}`, /is for linux-arm64, and this host is linux-x64/],
    ['--install http://127.0.0.1:1/slipway.tar.gz', /lacks {4}curl or wget/],
    ['--update /srv/slipway.tar.gz', /no Slipway is installed here\n {2}next: sh install\.sh --install/],
    ['--install --config /srv/nowhere.json /srv/slipway.tar.gz', /the file of --config is not there/],
  ] as const) {
    const { status, text } = await root.run(`sh /srv/install.sh ${argv}`);
    expect(text, argv).toMatch(reason);
    expect(status, argv).toBe(1);
  }
  expect((await root.run('sh /srv/install.sh --frobnicate')).status).toBe(2);
  expect((await root.run('sh /srv/install.sh --status')).status).toBe(1);
  expect(await root.run(EVERYTHING)).toEqual(before);
});

/** Puts curl of this machine where the root has it, with the libraries that it has here. */
async function bringCurl(root: BareRoot): Promise<void> {
  const folder = path.join(root.shared, 'curl');
  fs.mkdirSync(folder);
  const curl = execFileSync('sh', ['-c', 'command -v curl'], { encoding: 'utf8' }).trim();
  const libraries = execFileSync('ldd', [curl], { encoding: 'utf8' }).match(/\/\S+/g) ?? [];
  for (const file of [curl, ...libraries]) fs.copyFileSync(file, path.join(folder, path.basename(file)));
  const loader = libraries.map((file) => path.basename(file)).find((name) => name.startsWith('ld-linux'));
  const script = `#!/bin/sh\nexec /srv/curl/${loader} --library-path /srv/curl /srv/curl/curl "$@"\n`;
  fs.writeFileSync(path.join(root.shared, 'curl.sh'), script, { mode: 0o755 });
  await root.run('cp /srv/curl.sh /usr/local/bin/curl');
}

/** Serves files; below /half one is cut off in its midst. */
async function serve(files: Record<string, string>): Promise<string> {
  const server = http.createServer((request, response) => {
    const name = path.basename(request.url ?? '');
    const file = files[name];
    if (file === undefined) return void response.writeHead(404).end();
    const { size } = fs.statSync(file);
    response.writeHead(200, { 'content-length': size });
    if (!request.url?.startsWith('/half/')) return void fs.createReadStream(file).pipe(response);
    response.write(fs.readFileSync(file).subarray(0, size / 2), () => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('an archive is fetched from an address; what cannot be fetched whole changes nothing', async () => {
  const root = await bareRoot();
  await bringCurl(root);
  const other = path.join(root.shared, 'other.tar');
  fs.writeFileSync(other, 'no archive\n');
  const address = await serve({ 'slipway.tar.gz': archive, 'other.tar': other });
  const sum = fs.readFileSync(`${archive}.sha256`, 'utf8').slice(0, 64);
  const refusesAll = async (command: string, cases: readonly (readonly [string, RegExp])[]) => {
    const before = await root.run(EVERYTHING);
    for (const [from, reason] of cases) {
      const { status, text } = await root.run(`${command} ${from}`);
      expect(text, from).toMatch(reason);
      expect(status, from).toBe(1);
    }
    expect(await root.run(EVERYTHING)).toEqual(before);
  };
  const install = `sh /srv/install.sh --sha256 ${sum} --install`;
  await refusesAll(install, [
    [
      `${address}/gone.tar`,
      /404[^]*cannot be fetched[^]*Nothing was changed[^]*next: sh install\.sh --install gone\.tar\n$/,
    ],
    [`${address}/half/slipway.tar.gz`, /cannot be fetched[^]*Nothing was changed/],
    [`${address}/other.tar`, /has the SHA-256 [0-9a-f]{64}, and not [0-9a-f]{64}\. Nothing was unpacked/],
  ]);
  const { status, text } = await root.run(`${install} ${address}/slipway.tar.gz`);
  expect(text).toContain('Slipway 0.1.0 is installed.');
  expect(status).toBe(0);

  const update = `slipway update --sha256 ${sum} --archive`;
  await refusesAll(update, [
    [`${address}/gone.tar`, /HTTP 404[^]*nothing was changed[^]*next: slipway update --archive gone\.tar\n/],
    [`${address}/half/slipway.tar.gz`, /cannot be fetched[^]*nothing was changed/],
    ['http://127.0.0.1:1/slipway.tar.gz', /cannot be fetched: [^]*nothing was changed/],
    [`${address}/other.tar`, /has the SHA-256 [^]*nothing was changed/],
  ]);
  // Fetched whole, it is known to be the one that is there.
  const same = await root.run(`${update} ${address}/slipway.tar.gz`);
  expect(same.text).toContain('Slipway 0.1.0 is in force already; nothing was changed.');
  expect((await root.run('ls -A /opt/slipway')).text).toBe('.lock\n0.1.0\ncurrent\n');
});

test('an archive that is exchanged once it was looked at is not unpacked', async () => {
  const root = await bareRoot();
  // Between its sum and tar comes the user that apps run as.
  const useradd = '#!/bin/sh\necho other >/srv/slipway.tar.gz\nexec /usr/sbin/useradd "$@"\n';
  fs.mkdirSync(path.join(root.shared, 'bin'));
  fs.writeFileSync(path.join(root.shared, 'bin/useradd'), useradd, { mode: 0o755 });
  const { status, text } = await root.run(
    'PATH=/srv/bin:$PATH sh /srv/install.sh --install /srv/slipway.tar.gz',
  );
  expect(text).toMatch(/slipway\.tar\.gz was exchanged while it was looked at\. Nothing was unpacked\n$/);
  expect(status).toBe(1);
  const { text: left } = await root.run('find /opt/slipway -mindepth 1 -printf "%m %P\n"');
  expect(left).toBe('600 .lock\n');
});

test('killed at any line, the next run goes on; DeployEx is read by its JSON', async () => {
  const root = await bareRoot();
  const json = `{
    // of DeployEx's installer
    "app_name": "myphoenixapp", "replicas": 2, "account_name": "prod", "deployex_hostname": "deploy.example.com",
    "release_adapter": "local", "env": { "PHX_HOST": "example.com" }
  }`;
  fs.writeFileSync(path.join(root.shared, 'deployex-config.json'), json);
  const install =
    '/srv/install.sh --install --sha256 /srv/sum --config /srv/deployex-config.json /srv/slipway.tar.gz';
  // A trace that nobody reads any more kills the shell that writes it.
  for (const line of [180, 190, 205, 215, 222, 228, 234, 240])
    await root.run(`{ sh -x ${install} 3>&1 1>/dev/null 2>&3 | head -n ${line} >/dev/null; }`);
  const { status, text } = await root.run(`sh ${install}`);
  expect(text).toMatch(
    /Slipway 0\.1\.0 is installed\. Without systemd nobody starts the agent: slipway agent/,
  );
  expect(status).toBe(0);
  expect((await root.run(`sh ${install}`)).text).toMatch(
    /Nothing was changed: Slipway 0\.1\.0 is installed\.\n$/,
  );

  const listing = await root.run(
    'ls -A /opt/slipway /etc/slipway; stat -c "%a %U %n" /etc/slipway/* /var/lib/slipway',
  );
  expect(listing.text).toBe(
    '/etc/slipway:\nslipway.yaml\n\n/opt/slipway:\n.lock\n0.1.0\ncurrent\n600 root /etc/slipway/slipway.yaml\n711 root /var/lib/slipway\n',
  );
  expect((await root.run('slipway config check && cat /etc/slipway/slipway.yaml')).text).toMatch(
    /no errors, 1 app[^]*name: myphoenixapp[^]*PHX_HOST: /,
  );
  const shared = await root.run(
    'cd /usr/local/share && zcat man/man1/*.gz && cat */completions/* */*/_slipway */*/*.fish',
  );
  expect(shared.text).toMatch(
    /slipway update[^]*complete -o default -F _slipway slipway[^]*#compdef slipway/,
  );
});
