import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import { type Configuration, checkedConfiguration } from '../../src/config/index.ts';
import { type DeployexConfiguration, readConfiguration, toSlipway } from '../../src/deployex/index.ts';
import { atom, binary, encode, type Term, TermMap } from '../../src/otp/index.ts';
import { temporaryFolder } from './temporary.ts';

const EXEC_PORT = path.join(import.meta.dirname, '../fixtures/programs/exec-port.pl');

export interface Version {
  version: string;
  hash?: string;
  at: Date;
  hot?: boolean;
  instance?: number;
}

/** What a DeployEx has on a host, below a folder of its own, and a VM that does what its VM does with processes. */
export class DeployexHost {
  readonly folder = temporaryFolder();
  readonly data = path.join(this.folder, 'deployex');
  readonly slipwayData = path.join(this.folder, 'data');
  readonly configFile = path.join(this.folder, 'slipway.yaml');
  readonly app: string;
  readonly found: DeployexConfiguration;
  readonly text: string;
  readonly configuration: Configuration;
  private records = 0;

  constructor(app: string, options: { port: number; replicas: number; extra?: string }) {
    this.app = app;
    const { port, replicas } = options;
    const yaml = `account_name: prod\nvar_path: ${this.data}\nrelease_adapter: local\nrelease_bucket: ${this.folder}/bucket
applications:\n  - name: ${app}\n    initial_port: ${port}\n    replicas: ${replicas}\n`;
    this.found = readConfiguration(yaml, 'deployex.yaml');
    this.text = toSlipway(this.found, { user: null, certificates: null })
      .text.replace('/var/lib/slipway', this.slipwayData)
      .replace('/var/log/slipway', path.join(this.folder, 'logs'))
      .replace('127.0.0.1:5001', 'null')
      .concat(options.extra ?? '');
    this.configuration = checkedConfiguration(this.text, this.configFile);
  }

  /** Where the release of an instance lies. */
  current(instance: number): string {
    return path.join(this.data, 'service', this.app, String(instance), 'current');
  }

  put(archive: string, instance: number): void {
    fs.mkdirSync(this.current(instance), { recursive: true });
    execFileSync('tar', ['-xzf', archive, '-C', this.current(instance)]);
  }

  /** A record as `:erlang.term_to_binary/1` writes it. */
  record(kind: 'history' | 'ghosted', version: Version): void {
    this.write(path.join(kind, `${version.at.getTime() * 1000 + this.records++}.term`), versionTerm(version));
  }

  pin(version: Version): void {
    this.write(
      'config/config.term',
      struct('Elixir.Foundation.Catalog.Config', {
        mode: atom('manual'),
        manual_version: versionTerm(version),
      }),
    );
  }

  write(name: string, term: Term | Buffer): void {
    const file = path.join(this.data, 'storage', this.app, 'deployex', name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, Buffer.isBuffer(term) ? term : encode(term));
  }

  /** An Erlang VM that starts commands through a port program, as DeployEx does; resolves with it. */
  async startVm(commands: readonly { command: string; output: string }[]): Promise<ChildProcess> {
    const lines = commands.map(({ command, output }) => `${output}\t${command}\n`);
    const expression = `P = open_port({spawn_executable, ${JSON.stringify(EXEC_PORT)}}, [binary]),
      [port_command(P, L) || L <- [${lines.map((line) => JSON.stringify(line)).join(', ')}]],
      receive never -> ok end.`;
    const vm = spawn('erl', ['-noshell', '-noinput', '-eval', expression], {
      stdio: 'ignore',
      detached: true,
    });
    await once(vm, 'spawn');
    onTestFinished(() => void vm.kill('SIGKILL'));
    return vm;
  }
}

function versionTerm({ version, hash, at, hot = false, instance = 1 }: Version): Term {
  return struct('Elixir.Deployex.Status.Version', {
    version: binary(version),
    hash: hash === undefined ? atom('nil') : binary(hash),
    pre_commands: [binary('eval Migrate.up')],
    instance,
    deployment: atom(hot ? 'hot_upgrade' : 'full_deployment'),
    deploy_ref: binary('abc123'),
    inserted_at: struct('Elixir.NaiveDateTime', {
      calendar: atom('Elixir.Calendar.ISO'),
      year: at.getUTCFullYear(),
      month: at.getUTCMonth() + 1,
      day: at.getUTCDate(),
      hour: at.getUTCHours(),
      minute: at.getUTCMinutes(),
      second: at.getUTCSeconds(),
    }),
  });
}

function struct(name: string, fields: Record<string, Term>): TermMap {
  return TermMap.of([
    [atom('__struct__'), atom(name)],
    ...Object.entries(fields).map(([key, value]): [Term, Term] => [atom(key), value]),
  ]);
}
