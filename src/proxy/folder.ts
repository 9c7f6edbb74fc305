import fs from 'node:fs';
import path from 'node:path';
import { refuseStrangers, removeFileDurable, writeFileDurable } from '../kernel/index.ts';

/** What is in the folder that HAProxy is started in, by names that never change: its configuration needs no path of this host. */
export const FILES = {
  configuration: 'haproxy.cfg',
  certificateList: 'certificates.list',
  certificates: 'certificates',
  challenges: 'challenges.map',
  chroot: 'chroot',
  maintenance: 'maintenance.list',
  pages: 'pages',
  shares: 'shares.map',
  states: 'states',
  wait: 'wait.lua',
  runtimeSocket: 'runtime.sock',
  masterSocket: 'master.sock',
} as const;

/**
 * Delays requests while no instance is up, instead of refusing them: the restart of an only instance fails none. A sleep of
 * 10 ms costs a few microseconds; HAProxy has no event for it.
 */
const WAIT_LUA = `-- Made by Slipway.
local function is_any_up(txn, name)
  for server in pairs(core.backends[name].servers) do
    local up = txn.f:srv_is_up(name .. "/" .. server)
    if up == true or up == 1 then return true end
  end
  return false
end
core.register_action("wait_for_instance", { "http-req" }, function(txn, name, wait_ms)
  local turns = tonumber(wait_ms) / 10
  while turns > 0 and not is_any_up(txn, name) do
    core.msleep(10)
    turns = turns - 1
  end
end, 2)
`;

/** `<data>/proxy`: only its owner reaches what is in it, the sockets above all. */
export class ProxyFolder {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  path(name: string): string {
    return path.join(this.directory, name);
  }

  /** Makes it, with what never changes. @throws where somebody else could put something into it */
  prepare(): void {
    fs.mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    fs.chmodSync(this.directory, 0o700);
    refuseStrangers(this.directory);
    for (const name of [FILES.chroot, FILES.certificates, FILES.pages])
      fs.mkdirSync(this.path(name), { recursive: true, mode: 0o700 });
    this.write(FILES.wait, WAIT_LUA);
    for (const name of [
      FILES.states,
      FILES.maintenance,
      FILES.challenges,
      FILES.shares,
      FILES.certificateList,
    ])
      if (this.read(name) === null) this.write(name, '');
  }

  read(name: string): string | null {
    try {
      return fs.readFileSync(this.path(name), 'utf8');
    } catch {
      return null;
    }
  }

  /** Durably, and only where it is another text. */
  write(name: string, text: string): void {
    if (this.read(name) !== text) writeFileDurable(this.path(name), text);
  }

  remove(name: string): void {
    removeFileDurable(this.path(name));
  }

  /** Of what is in a folder of it, what is not in `names` goes. */
  keepOnly(folder: string, names: readonly string[]): void {
    for (const each of fs.readdirSync(this.path(folder)))
      if (!names.includes(`${folder}/${each}`)) this.remove(`${folder}/${each}`);
  }
}
