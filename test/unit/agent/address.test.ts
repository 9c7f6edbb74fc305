import os from 'node:os';
import { expect, test } from 'vitest';
import { addressForPeople, relyingPartyOf } from '../../../src/agent/address.ts';

const TLS = { cert: '/c.pem', key: '/k.pem' };

test.each([
  [{ host: '127.0.0.1', port: 5001 }, null, null, 'http://127.0.0.1:5001'],
  [{ host: '::1', port: 5001 }, null, null, 'http://[::1]:5001'],
  [{ host: '10.0.0.5', port: 443 }, null, TLS, 'https://10.0.0.5:443'],
  [{ host: '0.0.0.0', port: 5001 }, null, TLS, `https://${os.hostname()}:5001`],
  [{ host: '127.0.0.1', port: 5001 }, 'https://deploy.example', null, 'https://deploy.example'],
  [null, null, null, null],
])('who listens on %j, known as %j, is reached at %s %s', (listen, known, tls, address) => {
  expect(addressForPeople({ listen, public: known, tls })).toBe(address);
});

test.each([
  ['127.0.0.1', null, { rpId: 'localhost', origin: 'http://localhost:5001' }],
  ['127.0.0.1', 'https://deploy.example', { rpId: 'deploy.example', origin: 'https://deploy.example' }],
  ['10.0.0.5', null, null],
])('browsers know %s, public %s, by %j: an address of numbers is no name', (host, known, party) => {
  expect(relyingPartyOf({ listen: { host, port: 5001 }, public: known, tls: null })).toEqual(party);
});
