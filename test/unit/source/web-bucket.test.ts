import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { setUpAll } from '../../support/before-all.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { bucketContract } from './contract.ts';
import { WebBed } from './remote-bed.ts';
import { signedContract } from './signed-contract.ts';

let [root, port] = ['', 0];

setUpAll(async (cleanUp) => {
  const folder = temporaryFolder(cleanUp);
  const { ca, node } = await makeCertificates(folder);
  tls.setDefaultCACertificates([...tls.getCACertificates(), fs.readFileSync(ca, 'utf8')]);
  root = path.join(folder, 'shown');
  fs.mkdirSync(root);
  port = await freePorts(2, cleanUp);
  // `deployer:hunter22hunter22`, and the same as a token.
  fs.writeFileSync(path.join(folder, 'users'), 'deployer:{PLAIN}hunter22hunter22\n');
  const servers = `
    server { listen 127.0.0.1:${port}; root ${root}; }
    server {
      listen 127.0.0.1:${port + 1} ssl;
      server_name localhost;
      ssl_certificate ${node.cert};
      ssl_certificate_key ${node.key};
      root ${root};
      location /closed/ { auth_basic releases; auth_basic_user_file ${folder}/users; alias ${root}/; }
      location /tokens/ { if ($http_authorization != "Bearer t0ken-t0ken") { return 401; } alias ${root}/; }
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
