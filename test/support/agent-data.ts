import fs from 'node:fs';
import path from 'node:path';
import { type Configuration, loadConfiguration } from '../../src/config/index.ts';
import { Journal } from '../../src/journal/index.ts';
import { makeKey } from '../../src/seal/index.ts';
import { temporaryFolder } from './temporary.ts';

const KEY = { name: 'web', environment: 'production' };

/** The data of an agent that is not running: a journal, a key, a certificate, a configuration with a site. */
export class AgentData {
  readonly folder = temporaryFolder();
  readonly data = path.join(this.folder, 'data');
  readonly configFile = path.join(this.folder, 'etc', 'slipway.yaml');
  readonly env = path.join(this.folder, 'site', '.env');
  readonly archive = path.join(this.folder, 'backup.tar.gz');

  constructor() {
    for (const file of [this.configFile, this.env, this.certificate])
      fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.mkdirSync(this.data, { recursive: true });
    makeKey(this.data);
    fs.writeFileSync(this.certificate, 'certificate', { mode: 0o400 });
  }

  get certificate(): string {
    return path.join(this.data, 'certs', 'node.crt');
  }

  get configuration(): Configuration {
    return loadConfiguration({ file: this.configFile, env: {} });
  }

  /** Makes it say the word wherever it says something: configuration, journal, .env. */
  say(word: string): void {
    const secret = path.join(this.folder, 'etc', 'token');
    fs.writeFileSync(secret, `token-${word}\n`, { mode: 0o600 });
    fs.writeFileSync(
      this.configFile,
      `data: ${this.data}\nlogs: ${this.folder}/${word}\nlisten: null\napps:
  - { name: web, kind: service, runtime: command, start: run, source: { type: upload } }
  - name: blog
    kind: site
    root: ${path.dirname(this.env)}
    source: { type: git, url: "https://example.com/blog.git", token: { file: ${secret} } }\n`,
    );
    fs.writeFileSync(this.env, `WORD=${word}\n`, { mode: 0o640 });
    const journal = Journal.open(this.data);
    journal.write(word, (tables) => {
      tables.addApp(KEY);
      tables.updateApp(KEY, { pinned: word });
      tables.audit.add({
        ...{ seq: tables.audit.last() + 1, at: Date.now(), actor: 'test', address: null, app: null },
        ...{ action: word, subject: null, outcome: 'succeeded', reason: null, before: null, after: null },
        stranger: false,
      });
    });
    journal.close();
  }

  /** What it says, each place by itself. */
  said(): Record<'configuration' | 'env' | 'token' | 'journal', string> {
    const journal = Journal.open(this.data);
    const [newest] = journal.tables.audit.list({
      app: null,
      apps: null,
      actor: null,
      limit: 1,
      before: null,
    });
    journal.close();
    return {
      configuration: path.basename(this.configuration.logsDirectory),
      env: fs.readFileSync(this.env, 'utf8').trim().replace('WORD=', ''),
      token: fs
        .readFileSync(path.join(this.folder, 'etc', 'token'), 'utf8')
        .trim()
        .replace('token-', ''),
      journal: newest?.action ?? 'nothing',
    };
  }

  all(word: string): ReturnType<AgentData['said']> {
    return { configuration: word, env: word, token: word, journal: word };
  }
}
