import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { GIT_ENV, type Repository, SiteWorkshop } from '../../support/site.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const DEEP = Array.from({ length: 40 }, (_, i) => `level-${i}`).join('/');
const BINARY = Buffer.from([0, 255, 10, 13, 10, 0]).toString('latin1');
/** Names as bytes, in Latin-1. */
const ODD_NAMES = [
  'two\nlines',
  'caf\xe9',
  '\xff\xfe',
  ' a space ',
  '-rf',
  'quote"\'`$(x)\\',
  '\x01bell\x07',
  '*',
];

/** Everything that a project may have in its tree. */
function pushEverything(repository: Repository, library: string): string {
  const { work } = repository;
  repository.git('config', 'core.safecrlf', 'false');
  repository.push({
    'index.html': 'one',
    'empty.txt': '',
    'empty/.gitkeep': '',
    'binary.bin': BINARY,
    [`${DEEP}/file`]: 'deep',
    'bin/run': { executable: '#!/bin/sh\n' },
    'bin/plain': 'no program',
    'links/relative': { link: '../index.html' },
    'links/nowhere': { link: 'gone/and/lost' },
    'links/absolute': { link: '/etc/hostname' },
    'links/folder': { link: '../bin' },
    'shared/of-project': 'brought by the project',
    REVISION: 'of the project',
    '.gitattributes':
      '*.crlf text eol=crlf\n*.auto text=auto\n*.sub ident\nprivate export-ignore\n*.secret export-ignore\n',
    'a.crlf': 'one\ntwo\n',
    'b.auto': 'one\ntwo\n',
    'c.sub': '$Id$\n',
    'private/notes': 'is deployed too',
    'key.secret': 'is deployed too',
  });
  for (const name of ODD_NAMES) {
    const folder = Buffer.from(`${work}/odd/${name}`, 'latin1');
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(Buffer.concat([folder, Buffer.from('/'), Buffer.from(name, 'latin1')]), name, 'latin1');
  }
  repository.git(
    '-c',
    'protocol.file.allow=always',
    'submodule',
    '--quiet',
    'add',
    library,
    'vendored/library',
  );
  return repository.push({});
}

interface Entry {
  kind: string;
  /** The bytes of a file, or the target of a link; Latin-1. */
  content: string;
  mode: string;
  owner: string;
}

/** Every entry below a folder but `.git`, by its path in Latin-1. */
function entriesOf(folder: string): Map<string, Entry> {
  const found = new Map<string, Entry>();
  const walk = (directory: Buffer, prefix: string) => {
    for (const bytes of fs.readdirSync(directory, { encoding: 'buffer' })) {
      const name = bytes.toString('latin1');
      if (name === '.git') continue;
      const file = Buffer.concat([directory, Buffer.from('/'), bytes]);
      const stat = fs.lstatSync(file);
      const [kind, content] = stat.isSymbolicLink()
        ? ['link', fs.readlinkSync(file, 'latin1')]
        : stat.isDirectory()
          ? ['directory', '']
          : ['file', fs.readFileSync(file, 'latin1')];
      const mode = (stat.mode & 0o7777).toString(8);
      found.set(prefix + name, { kind, content, mode, owner: `${stat.uid}:${stat.gid}` });
      if (stat.isDirectory()) walk(file, `${prefix}${name}/`);
    }
  };
  walk(Buffer.from(folder), '');
  return found;
}

/** What `git clone` of that commit has, with the rules of a release laid over it. */
function expected(options: {
  clone: string;
  commit: string;
  executables: 'drop' | 'keep';
  owner: string;
  env: string;
}): Map<string, Entry> {
  const { clone, commit, executables, owner, env } = options;
  const entries = entriesOf(clone);
  const file = { kind: 'file', mode: '664', owner };
  entries.set('REVISION', { ...file, content: `${commit}\n` });
  for (const name of entries.keys()) if (name.startsWith('shared/')) entries.delete(name);
  entries.set('shared', { kind: 'link', content: '../../shared', mode: '777', owner });
  entries.set('.env', { ...file, content: env, mode: '640' });
  for (const [name, entry] of entries) {
    if (entry.kind === 'link' || name === '.env') entries.set(name, { ...entry, owner });
    else if (entry.kind === 'directory') entries.set(name, { ...entry, owner, mode: '2775' });
    else {
      const isKept = executables === 'keep' && (Number.parseInt(entry.mode, 8) & 0o111) !== 0;
      entries.set(name, { ...entry, owner, mode: isKept ? '775' : '664' });
    }
  }
  return entries;
}

test.each(['drop', 'keep'] as const)(
  'a release is what git clone has, with owner, modes, links and .env; executables: %s',
  async (executables) => {
    const folder = temporaryFolder();
    const library = path.join(folder, 'library');
    const git = (cwd: string, ...args: string[]) => execFileSync('git', args, { cwd, env: GIT_ENV });
    fs.mkdirSync(path.join(library, 'src'), { recursive: true });
    fs.writeFileSync(path.join(library, 'src/lib.c'), 'int x;\n');
    fs.writeFileSync(path.join(library, 'build'), '#!/bin/sh\n', { mode: 0o755 });
    git(library, 'init', '--quiet', '--initial-branch=main');
    git(library, 'add', '.');
    git(library, 'commit', '--quiet', '-m', 'A library');

    const site = await SiteWorkshop.make({
      folder,
      site: { owner: 'www-data:www-data', shared: ['shared'], modes: { executables } },
      source: { submodules: true },
    });
    const commit = pushEverything(site.repository, library);
    fs.mkdirSync(site.root);
    fs.writeFileSync(site.file('.env'), 'A=1\n');
    await site.workshop.start();
    expect(await site.deploy()).toMatchObject({ state: 'succeeded', commit });

    const clone = path.join(folder, 'clone');
    const { bare } = site.repository;
    git(folder, '-c', 'protocol.file.allow=always', 'clone', '--quiet', '--recurse-submodules', bare, clone);
    const owner = ['-u', '-g'].map((flag) =>
      execFileSync('id', [flag, 'www-data'], { encoding: 'utf8' }).trim(),
    );
    const release = fs.realpathSync(site.file('current'));
    const found = entriesOf(release);
    expect(found).toEqual(expected({ clone, commit, executables, owner: owner.join(':'), env: 'A=1\n' }));

    const top = fs.statSync(release);
    expect([(top.mode & 0o7777).toString(8), `${top.uid}:${top.gid}`]).toEqual(['2775', owner.join(':')]);
    expect(fs.readFileSync(site.file('shared/of-project'), 'utf8')).toBe('brought by the project');
    // What was compared is what was meant to be there.
    expect(found.get('a.crlf')?.content).toBe('one\r\ntwo\r\n');
    expect(found.get('c.sub')?.content).toMatch(/^\$Id: [0-9a-f]{40} \$\n$/);
    expect(found.get('private/notes')?.content).toBe('is deployed too');
    expect(found.get('vendored/library/src/lib.c')?.content).toBe('int x;\n');
    expect(found.get('bin/run')?.mode).toBe(executables === 'keep' ? '775' : '664');
    for (const name of ODD_NAMES) expect(found.get(`odd/${name}/${name}`)?.content).toBe(name);
    expect(found.get(`${DEEP}/file`)?.content).toBe('deep');
  },
);
