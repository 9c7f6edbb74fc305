import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { ForwardConfiguration } from '../../../src/config/index.ts';
import { Forwards } from '../../../src/forward/index.ts';
import { systemClock } from '../../../src/kernel/index.ts';
import { Runs } from '../../../src/supervisor/index.ts';
import { freePorts } from '../../support/free-port.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { SELDOM, waitFor } from '../../support/wait-for.ts';

/** Debian's rsyslog, in a folder of its own. Gives the file that it writes to, by the way that a message came. */
async function rsyslog(port: number) {
  const folder = temporaryFolder();
  const at = (name: string) => path.join(folder, name);
  const format =
    '%app-name%|%procid%|%msgid%|%syslogfacility-text%.%syslogseverity-text%|%structured-data%|%msg%\\n';
  const ruleset = (name: string) =>
    `ruleset(name="${name}") { action(type="omfile" file="${at(name)}" template="all") }`;
  fs.writeFileSync(
    at('rsyslog.conf'),
    `global(workDirectory="${folder}")
module(load="imuxsock" SysSock.Use="off") module(load="imtcp") module(load="imudp")
template(name="all" type="string" string="${format}")
${['tcp', 'udp', 'unix'].map(ruleset).join('\n')}
input(type="imtcp" address="127.0.0.1" port="${port}" ruleset="tcp")
input(type="imudp" address="127.0.0.1" port="${port}" ruleset="udp")
input(type="imuxsock" Socket="${at('log')}" UseSpecialParser="off" RateLimit.Interval="0" ruleset="unix")
`,
  );
  const child = spawn('rsyslogd', ['-n', '-f', at('rsyslog.conf'), '-i', at('pid')], { stdio: 'ignore' });
  onTestFinished(() => void child.kill('SIGKILL'));
  await waitFor('rsyslog', () => fs.existsSync(at('log')) && fs.existsSync(at('pid')));
  const lines = (name: string) =>
    (fs.existsSync(at(name)) ? fs.readFileSync(at(name), 'utf8') : '').split('\n').slice(0, -1);
  return { socket: at('log'), lines };
}

test('rsyslog takes lines over TCP, UDP and its socket, each as what it is', async () => {
  const port = await freePorts(1);
  const { socket, lines } = await rsyslog(port);
  const folder = temporaryFolder();
  const file = path.join(folder, 'web-1-stderr.log');
  const runs = new Runs(path.join(folder, 'run'), systemClock);
  const forwards = new Forwards({
    ...{ dataDirectory: folder, clock: systemClock, say: () => undefined },
    contain: (name) => runs.tools(name),
  });
  onTestFinished(() => forwards.close({ finish: false }));
  const to = (url: string): ForwardConfiguration => ({
    ...{ type: 'syslog', url, facility: 'local3', ca: null, cert: null, key: null },
  });
  forwards.set({
    app: 'web',
    targets: [to(`tcp://127.0.0.1:${port}`), to(`udp://127.0.0.1:${port}`), to(`unix://${socket}`)],
    logs: [{ unit: '1', stream: 'stderr', file }],
    user: null,
    account: async () => null,
    releaseOf: () => '1.0.0',
  });
  // Longer than what rsyslog takes of a message by default.
  fs.writeFileSync(file, `first line\n${'x'.repeat(20_000)}\nlast line\n`);
  const data = '[slipway@32473 app="web" instance="web/1" stream="stderr" release="1.0.0"';
  const head = 'web|1|stderr|local3.warning|';
  for (const way of ['tcp', 'udp', 'unix']) {
    await waitFor(`all by ${way}`, () => lines(way).length >= 5, SELDOM);
    const [first, one = '', two = '', three = '', last] = lines(way).map((line) => line.replace('| ', '|'));
    expect([first, last], way).toEqual([
      `${head}${data} exact="false"]|first line`,
      `${head}${data}]|last line`,
    ]);
    const texts = [one, two, three].map((line) => line.slice(line.lastIndexOf('|') + 1));
    expect(texts.join(''), way).toBe('x'.repeat(20_000));
  }
});
