import fs from 'node:fs';
import path from 'node:path';
import { waitFor } from '../test/support/wait-for.ts';
import { CACHE, end, run, start } from './commands.ts';
import type { Contender, Program } from './contender.ts';
import { type Slipway, startSlipway } from './slipway.ts';

/** An agent with one app, the tiny program, ready on every instance. */
export async function startTiny(folder: string, { program, args, copies }: Program): Promise<Slipway> {
  const agent = await startSlipway(folder, {
    replicas: copies,
    runtime: 'command',
    start: [program, ...args].join(' '),
    ready: { alive: '100ms' },
    prove_after: '1s',
    // Every kill of the benchmark is to be a first one.
    restart: { delay: '0s', reset_after: '500ms' },
    log: { max_size: '64MB', keep: 100 },
  });
  agent.bucket.putFiles('1.0.0', { README: 'The program is started where it was compiled.\n' });
  agent.bucket.offer({ version: '1.0.0' });
  await agent.allReady(copies);
  return agent;
}

export const slipway: Contender = { name: 'Slipway', start: startTiny };

export const pm2: Contender = {
  name: 'PM2',
  async start(folder, { program, args, copies }) {
    const home = path.join(folder, 'pm2');
    const logs = path.join(home, 'out');
    fs.mkdirSync(logs, { recursive: true });
    const env = { ...process.env, PM2_HOME: home, PM2_DISABLE_VERSION_CHECK: 'true' };
    const ecosystem = path.join(home, 'ecosystem.json');
    const app = {
      name: 'tiny',
      script: program,
      args,
      interpreter: 'none',
      exec_mode: 'fork',
      instances: copies,
    };
    const output = { out_file: path.join(logs, 'out.log'), error_file: '/dev/null', vizion: false };
    fs.writeFileSync(ecosystem, JSON.stringify({ apps: [{ ...app, ...output }] }));
    const command = path.join(CACHE, 'node_modules/.bin/pm2');
    await run(command, ['start', ecosystem], { env, cwd: home });
    return {
      pid: Number(fs.readFileSync(path.join(home, 'pm2.pid'), 'utf8')),
      outputFiles: () => fs.readdirSync(logs).map((name) => path.join(logs, name)),
      stop: async () => void (await run(command, ['kill'], { env, cwd: home })),
    };
  },
};

export const supervisord: Contender = {
  name: 'supervisord',
  async start(folder, { program, args, copies }) {
    const home = path.join(folder, 'supervisord');
    const logs = path.join(home, 'out');
    fs.mkdirSync(logs, { recursive: true });
    const configuration = `[supervisord]
nodaemon=true
logfile=${home}/supervisord.log
pidfile=${home}/supervisord.pid
childlogdir=${logs}
identifier=bench
minfds=4096

[unix_http_server]
file=${home}/sock

[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface

[supervisorctl]
serverurl=unix://${home}/sock

[program:tiny]
command=${[program, ...args].join(' ')}
process_name=%(program_name)s_%(process_num)02d
numprocs=${copies}
autorestart=true
startsecs=1
stdout_logfile=${logs}/%(program_name)s_%(process_num)02d.log
stdout_logfile_maxbytes=64MB
stdout_logfile_backups=100
stderr_logfile=/dev/null
`;
    fs.writeFileSync(path.join(home, 'conf'), configuration);
    const child = await start('supervisord', ['-c', path.join(home, 'conf')], {
      output: path.join(home, 'out.txt'),
    });
    await waitFor('supervisord to write its log', () => fs.existsSync(path.join(home, 'supervisord.log')));
    return {
      pid: child.pid,
      outputFiles: () => fs.readdirSync(logs).map((name) => path.join(logs, name)),
      stop: () => end(child),
    };
  },
};

/** The least that a supervisor written in Node can be: starts again on exit, knows nothing else. */
export const bareNode: Contender = {
  name: 'a bare Node loop',
  async start(folder, { program, args, copies }) {
    const loop = `
      const { spawn } = require('node:child_process');
      const again = () => spawn(${JSON.stringify(program)}, ${JSON.stringify(args)}, { stdio: 'ignore' }).on('exit', again);
      process.on('SIGTERM', () => process.kill(0, 'SIGKILL'));
      for (let i = 0; i < ${copies}; i++) again();`;
    // In a group of its own, which is ended as a whole.
    const child = await start(process.execPath, ['-e', loop], {
      output: path.join(folder, 'bare.txt'),
      detached: true,
    });
    return { pid: child.pid, outputFiles: () => [], stop: () => end(child) };
  },
};
