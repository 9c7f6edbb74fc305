import fs from 'node:fs';
import net from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ask } from '../../../src/proxy/command-socket.ts';
import { FILES, findProgram, ProxyFolder, replaceConfiguration } from '../../../src/proxy/index.ts';
import { parseServerStates } from '../../../src/proxy/server-states.ts';
import { parseSessions } from '../../../src/proxy/sessions.ts';
import { parseWorkers } from '../../../src/proxy/workers.ts';
import { temporaryFolder } from '../../support/temporary.ts';

describe('what HAProxy answers', () => {
  it('is read by the names of its columns', () => {
    const text =
      '# pxname,svname,scur,stot,hrsp_5xx,type,rtime,status\nweb,FRONTEND,1,2,3,0,4,OPEN\napp,1b,1,20,3,2,7,UP 1/2\n\n';
    expect([...parseSessions(text)]).toEqual([['app/1b', 1]]);
    expect([...parseSessions('')]).toEqual([]);
    const states =
      '1\n# be_id be_name srv_id srv_name srv_admin_state\n3 app 1 1 5\n3 app 2 1b 4\n3 app 3 1c 0\n\n';
    expect([...parseServerStates(states)]).toEqual([
      ['app/1', 'maintenance'],
      ['app/1b', 'ready'],
      ['app/1c', 'ready'],
    ]);
  });

  it('tells the worker that takes connections from those that it has replaced', () => {
    const text =
      '#<PID> <type> <reloads> <uptime> <version>\n10      master          2 [failed: 1]   0d00h00m03s     2.6.12\n# workers\n12      worker          0               0d00h00m01s     2.6.12\n# old workers\n11      worker          1               0d00h00m02s     2.6.12\n# programs\n\n';
    expect(parseWorkers(text)).toEqual({ current: 12, former: [11], reloads: 2, failed: 1 });
    expect(parseWorkers('')).toEqual({ current: null, former: [], reloads: 0, failed: 0 });
  });

  it('is not waited for where nobody listens, nor taken where it has no end', async () => {
    const file = `${temporaryFolder()}/socket`;
    await expect(ask(file, 'show stat')).rejects.toMatchObject({ code: 'proxy_unreachable' });
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined).end(Buffer.alloc(17 * 1024 ** 2));
    });
    await new Promise<void>((resolve) => server.listen(file, resolve));
    onTestFinished(() => new Promise((resolve) => server.close(() => resolve())));
    await expect(ask(file, 'show stat')).rejects.toThrow(/too long/);
    await expect(ask(file, 'a; b')).rejects.toThrow(/not one command/);
    await expect(ask(file, 'a\nb')).rejects.toThrow(/not one command/);
  });
});

describe('the program', () => {
  it('is told with its package where it is missing, and with its version where it is too old', async () => {
    const old = `${temporaryFolder()}/haproxy`;
    fs.writeFileSync(old, '#!/bin/sh\necho "HAProxy version 2.4.30 2025/01/01"\n', { mode: 0o755 });
    await expect(findProgram([`${old}-none`])).rejects.toMatchObject({
      code: 'proxy_missing',
      next: 'apt-get install haproxy',
    });
    await expect(findProgram([old])).rejects.toThrow('is version 2.4.30, and 2.6 or later is needed');
    expect((await findProgram()).version).toMatch(/^[23]\.\d/);
  });

  it('reads a configuration before it takes the place of the former one', async () => {
    const folder = new ProxyFolder(`${temporaryFolder()}/proxy`);
    folder.prepare();
    const good =
      'defaults\n    mode http\n    timeout client 1s\n    timeout connect 1s\n    timeout server 1s\nfrontend web\n    bind unix@./web.sock\n';
    expect(await replaceConfiguration({ folder, findProgram, text: good })).toBe(true);
    expect(await replaceConfiguration({ folder, findProgram, text: good })).toBe(false);
    await expect(
      replaceConfiguration({ folder, findProgram, text: `${good}    nonsense\n` }),
    ).rejects.toThrow(/:8\] : unknown keyword 'nonsense'/);
    expect(folder.read(FILES.configuration)).toBe(good);
    expect(fs.readdirSync(folder.directory).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
    expect(fs.statSync(folder.directory).mode & 0o777).toBe(0o700);
  });
});
