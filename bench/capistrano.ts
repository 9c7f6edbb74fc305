import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { run } from './commands.ts';
import { type Deployer, timeSwitch } from './site.ts';
import type { Sshd } from './sshd.ts';

export interface CapistranoOptions {
  url: string;
  sshd: Sshd;
  keep: number;
}

/** A project as `cap install` makes it, with the standard git strategy; the server is this host, by ssh. */
export function capistrano(folder: string, { url, sshd, keep }: CapistranoOptions): Deployer {
  const project = path.join(folder, 'project');
  const deployTo = path.join(folder, 'deployed');
  fs.mkdirSync(path.join(project, 'config/deploy'), { recursive: true });
  fs.writeFileSync(path.join(project, 'Capfile'), CAPFILE);
  fs.writeFileSync(
    path.join(project, 'config/deploy.rb'),
    `set :application, "shop"
set :repo_url, "${url}"
set :branch, "main"
set :deploy_to, "${deployTo}"
set :keep_releases, ${keep}
`,
  );
  fs.writeFileSync(
    path.join(project, 'config/deploy/production.rb'),
    `server "127.0.0.1", user: "${os.userInfo().username}", port: ${sshd.port}, roles: %w{app web}
set :ssh_options, {
  config: false,
  keys: ["${sshd.key}"],
  keys_only: true,
  auth_methods: %w(publickey),
  user_known_hosts_file: "${sshd.knownHosts}",
  verify_host_key: :always
}
`,
  );
  // Ruby warns of every letter outside ASCII without it.
  const env = { ...process.env, LANG: 'C.UTF-8' };
  const deploy = () => run('cap', ['production', 'deploy'], { cwd: project, env });
  return { deploy: () => timeSwitch(path.join(deployTo, 'current'), deploy) };
}

const CAPFILE = `require "capistrano/setup"
require "capistrano/deploy"
require "capistrano/scm/git"
install_plugin Capistrano::SCM::Git
`;
