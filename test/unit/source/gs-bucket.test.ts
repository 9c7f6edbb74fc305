import fs from 'node:fs';
import path from 'node:path';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import { setUpAll } from '../../support/before-all.ts';
import { makeCertificates } from '../../support/certificates.ts';
import { freePorts } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { s3Server } from '../../support/s3.ts';
import { temporaryFolder } from '../../support/temporary.ts';

import { type Bed, bucketContract } from './contract.ts';
import { remoteSource, S3Bed } from './remote-bed.ts';

let [folder, port] = ['', 0];

/**
 * Google's own server cannot be tried here. What stands for it is a real S3 server: with HMAC keys as it is, as Google's XML API
 * is S3 then; with tokens behind nginx, which asks for the token that its metadata server gives, over TLS, and puts Google's
 * conditions by generation as S3 has them by ETag.
 */
setUpAll(async (cleanUp) => {
  folder = temporaryFolder(cleanUp);
  const server = await s3Server();
  const { ca, node } = await makeCertificates(folder);
  tls.setDefaultCACertificates([...tls.getCACertificates(), fs.readFileSync(ca, 'utf8')]);
  port = await freePorts(2, cleanUp);
  fs.writeFileSync(
    path.join(folder, 'credentials'),
    `[hmac]\naws_access_key_id = ${server.accessKeyId}\naws_secret_access_key = ${server.secretAccessKey}\n`,
  );
  const servers = `
    server {
      listen 127.0.0.1:${port};
      add_header Metadata-Flavor Google always;
      default_type application/json;
      location = /computeMetadata/v1/instance/service-accounts/default/token {
        return 200 '{"access_token":"a-token-of-google","expires_in":3600,"token_type":"Bearer"}';
      }
      location / { return 200 ''; }
    }
    server {
      listen 127.0.0.1:${port + 1} ssl;
      ssl_certificate ${node.cert};
      ssl_certificate_key ${node.key};
      location / {
        if ($http_authorization != "Bearer a-token-of-google") { return 401; }
        proxy_pass ${server.endpoint};
        proxy_set_header Authorization "";
        proxy_set_header If-Match $http_x_goog_if_generation_match;
        proxy_set_header If-None-Match $http_x_goog_if_generation_not_match;
        add_header x-goog-generation $upstream_http_etag always;
      }
    }`;
  await startNginx(folder, { port, servers, cleanUp });
});

/** Until the test ends. */
function setVariables(variables: Record<string, string>): void {
  const former = process.env;
  process.env = { ...former, ...variables };
  onTestFinished(() => {
    process.env = former;
  });
}

async function withKeys(): Promise<Bed> {
  const bed = await S3Bed.make();
  setVariables({ AWS_SHARED_CREDENTIALS_FILE: path.join(folder, 'credentials') });
  const address = { url: `gs://${bed.name}`, endpoint: bed.server.endpoint, profile: 'hmac' };
  return {
    source: () => remoteSource(address),
    put: (...of) => bed.put(...of),
    remove: (key) => bed.remove(key),
  };
}

async function withTokens(): Promise<Bed> {
  const bed = await S3Bed.make();
  await bed.publish();
  setVariables({ GCE_METADATA_HOST: `127.0.0.1:${port}`, HOME: folder });
  const address = { url: `gs://${bed.name}`, endpoint: `https://localhost:${port + 1}` };
  return {
    source: () => remoteSource(address),
    put: (...of) => bed.put(...of),
    remove: (key) => bed.remove(key),
  };
}

bucketContract('bucket of GCS with HMAC keys', withKeys);
bucketContract('bucket of GCS with tokens', withTokens);
