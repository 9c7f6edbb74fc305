import { execFile } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { setUpAll } from '../../support/before-all.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { archiveKey, becomes, CURRENT_KEY, isError, someArchive } from './bed.ts';
import { bucketContract } from './contract.ts';
import { remoteSource, WebBed } from './remote-bed.ts';
import { signedContract } from './signed-contract.ts';

let [root, port] = ['', 0];

setUpAll(async (cleanUp) => {
  const folder = temporaryFolder(cleanUp);
  const { ca, node } = await makeCertificates(folder);
  tls.setDefaultCACertificates([...tls.getCACertificates(), fs.readFileSync(ca, 'utf8')]);
  root = path.join(folder, 'shown');
  fs.mkdirSync(root);
  port = await freePorts(3, cleanUp);
  // `deployer:hunter22hunter22`, and the same as a token.
  fs.writeFileSync(path.join(folder, 'users'), 'deployer:{PLAIN}hunter22hunter22\n');
  const page = fs.readFileSync(path.join(import.meta.dirname, '../../../docs/buckets.md'), 'utf8');
  const ofPage = /```nginx\n(.*?)```/s
    .exec(page)?.[1]
    ?.replace('443', `127.0.0.1:${port + 2}`)
    .replace('/etc/ssl/releases.crt', node.cert)
    .replace('/etc/ssl/releases.key', node.key)
    .replace('/srv/releases', root);
  const servers = `
    ${ofPage}
    server { listen 127.0.0.1:${port}; root ${root}; }
    server {
      listen 127.0.0.1:${port + 1} ssl;
      listen 127.0.0.2:${port + 1} ssl;
      server_name localhost;
      ssl_certificate ${node.cert};
      ssl_certificate_key ${node.key};
      root ${root};
      location /closed/ { auth_basic releases; auth_basic_user_file ${folder}/users; alias ${root}/; }
      location /tokens/ { if ($http_authorization != "Bearer t0ken-t0ken") { return 401; } alias ${root}/; }
      location /moved/ { rewrite ^/moved/(.*)$ /$1 redirect; }
      location /away/ { rewrite ^/away/(.*)$ https://127.0.0.1:${port + 1}/tokens/$1 redirect; }
      location /bare/ { rewrite ^/bare/(.*)$ http://127.0.0.1:${port}/$1 redirect; }
      location /plain/ { etag off; max_ranges 0; alias ${root}/; }
    }`;
  await startNginx(folder, { port, servers, cleanUp });
});

const secure = () => `https://localhost:${port + 1}`;

bucketContract('web server by https', async () => new WebBed({ root, base: secure() }));
bucketContract(
  'web server on this host by http',
  async () => new WebBed({ root, base: `http://127.0.0.1:${port}` }),
);
bucketContract(
  'web server that has no ETag and no ranges',
  async () => new WebBed({ root, base: `${secure()}/plain` }),
);
signedContract('web server by https', async () => new WebBed({ root, base: secure() }));

const bed = (more: Partial<ConstructorParameters<typeof WebBed>[0]> = {}) =>
  new WebBed({ root, base: secure(), ...more });

async function filled(of: WebBed): Promise<WebBed> {
  await of.put(archiveKey('1.0.0'), someArchive());
  await of.put(CURRENT_KEY, '{"version":"1.0.0"}');
  return of;
}

async function offered(of: WebBed): Promise<string | undefined> {
  return (await (await filled(of)).source().look()).offer?.version;
}

test('the nginx of the page serves releases', async () => {
  expect(await offered(bed({ base: `https://localhost:${port + 2}` }))).toBe('1.0.0');
});

test('a password or a token opens what is closed, written in the url or beside it', async () => {
  const url = `https://deployer:hunter22hunter22@localhost:${port + 1}/closed`;
  expect(await offered(bed({ base: url }))).toBe('1.0.0');
  const beside = { base: `${secure()}/closed`, username: 'deployer', token: 'hunter22hunter22' };
  expect(await offered(bed(beside))).toBe('1.0.0');
  expect(await offered(bed({ base: `${secure()}/tokens`, token: 't0ken-t0ken' }))).toBe('1.0.0');
  const shut = (await filled(bed({ base: `${secure()}/closed` }))).source();
  const { reason } = await shut.look();
  expect(reason).toMatch(/the server wants credentials, or other ones \(401\): write token:/);
  expect(reason).toContain('nothing was changed (mend: slipway config apply)');
  const secret = bed({ base: `https://deployer:hunter23hunter23@localhost:${port + 1}/closed` }).source();
  expect((await secret.look()).reason).not.toContain('hunter23');
});

test('one is followed within the server and by https, without credentials elsewhere', async () => {
  expect(await offered(bed({ base: `${secure()}/moved` }))).toBe('1.0.0');
  const away = bed({ base: `${secure()}/away`, token: 't0ken-t0ken' });
  await filled(away);
  // What it is sent to wants the token, which is for this server alone.
  expect((await away.source().look()).reason).toContain('401');
  const { reason } = await (await filled(bed({ base: `${secure()}/bare` }))).source().look();
  expect(reason).toContain('sends on to 127.0.0.1');
  expect(reason).toContain('without TLS');
  expect(reason).toContain(`(mend: curl -sSI ${secure()}/bare/`);
});

test('a server whose certificate is not to be trusted is told nothing', async () => {
  const source = remoteSource({ url: `https://127.0.0.2:${port + 1}/x`, token: 't0ken-t0ken' });
  const { state, reason } = await source.look();
  expect(state).toBe('error');
  expect(reason).toMatch(/certificate is not to be trusted \(it is for another host\): nothing was sent/);
  expect(reason).toContain(`(mend: curl -sSI https://127.0.0.2:${port + 1}/x/`);
});

test('a file that is too large for a current.json is not read', async () => {
  const of = bed();
  await of.put(CURRENT_KEY, Buffer.alloc(2 * 1024 ** 2, ' '));
  expect((await becomes(started(of), isError)).reason).toContain('is larger than 1048576 bytes');
});

test('an archive of 200 MB is downloaded in constant memory', async () => {
  const of = bed({ base: `http://127.0.0.1:${port}` });
  await of.put(archiveKey('1.0.0'), '');
  fs.truncateSync(of.file(archiveKey('1.0.0')), 200 * 1024 ** 2);
  const program = path.join(import.meta.dirname, '../../fixtures/programs/fetch-archive.ts');
  const run = promisify(execFile);
  const args = [program, of.url, '-', temporaryFolder()];
  const { stdout } = await run(process.execPath, args, { env: { PATH: process.env.PATH } });
  expect(Number(stdout)).toBeLessThan(160 * 1024 ** 2);
});

function started(of: WebBed) {
  const source = of.source();
  source.start();
  return source;
}
