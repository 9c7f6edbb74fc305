import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { CACHE, run } from './commands.ts';

/** One line about the machine and the versions, without names. */
export async function machine(): Promise<string> {
  const pm2 = JSON.parse(fs.readFileSync(path.join(CACHE, 'node_modules/pm2/package.json'), 'utf8')).version;
  const supervisord = (await run('supervisord', ['--version'])).trim();
  const [, git] = (await run('git', ['--version'])).trim().split(' version ');
  const [, cap] = (await run('cap', ['--version'])).split(/Version: (\S+)/);
  const otp = (
    await run('erl', ['-noshell', '-eval', 'io:put_chars(erlang:system_info(otp_release)), halt().'])
  ).trim();
  const day = new Date().toISOString().slice(0, 10);
  const memory = Math.round(os.totalmem() / 1024 ** 3);
  return (
    `*${day}: ${os.cpus().length} cores (${os.cpus()[0]?.model.trim()}), ${memory} GB, Linux ${os.release()}; ` +
    `Node ${process.versions.node}, Erlang/OTP ${otp}, PM2 ${pm2}, supervisord ${supervisord}, ` +
    `Capistrano ${cap}, git ${git}.*`
  );
}
