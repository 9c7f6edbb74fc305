import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { packaged } from '../../support/packaged.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ROOT = path.join(import.meta.dirname, '../../..');
const MAX_BYTES = 46e6;
let archive: string;

beforeAll(() => {
  archive = packaged();
});

test('the same sources make the same bytes, in another folder, at another time, by another user', () => {
  // On the file system of the checkout: its libraries are there by links.
  const copy = fs.mkdtempSync(path.join(ROOT, '.cache/another folder-'));
  onTestFinished(() => fs.rmSync(copy, { recursive: true }));
  const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  for (const file of files.trim().split('\n')) {
    if (!fs.existsSync(path.join(ROOT, file))) continue;
    fs.mkdirSync(path.dirname(path.join(copy, file)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, file), path.join(copy, file));
  }
  execFileSync('cp', ['-al', path.join(ROOT, 'node_modules'), copy]);
  const make = 'umask 077 && script/package --target linux-x64 --format gz --out made';
  execFileSync('sh', ['-ec', make], {
    cwd: copy,
    env: { PATH: process.env.PATH, SOURCE_DATE_EPOCH: '1', TZ: 'Asia/Tokyo', LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const digests = [archive, path.join(copy, 'made', path.basename(archive))].map((file) =>
    createHash('sha256').update(fs.readFileSync(file)).digest('hex'),
  );
  expect(digests[1]).toBe(digests[0]);
  expect(fs.readFileSync(`${archive}.sha256`, 'utf8')).toBe(`${digests[0]}  ${path.basename(archive)}\n`);
});

test('an archive is small, runs by itself, and tells of everything in it, with its licence', () => {
  expect(fs.statSync(archive).size).toBeLessThan(MAX_BYTES);
  const folder = temporaryFolder();
  execFileSync('tar', ['-xzf', archive, '--strip-components=1', '-C', folder]);
  const run = (...args: string[]) =>
    execFileSync(path.join(folder, 'bin/slipway'), args, {
      env: { PATH: '/usr/bin:/bin' },
      encoding: 'utf8',
    });
  expect(run('--version')).toBe('0.1.0\n');

  const names = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const read = (name: string) => fs.readFileSync(path.join(folder, name), 'utf8');
  const text = names.filter((name) => /\.(js|json|yaml)$|LICENSES$/.test(name));
  expect(text.filter((name) => read(name).includes(ROOT))).toEqual([]);
  expect(names.filter((name) => name.endsWith('.map'))).toEqual([]);

  const { components } = JSON.parse(read('sbom.json')) as {
    components: { name: string; version: string; licenses?: unknown[] }[];
  };
  const known = components.map(({ name }) => name);
  expect(known).toEqual(
    expect.arrayContaining(['node', 'better-sqlite3', 'preact', 'commander', '@xterm/xterm']),
  );
  for (const { name, version, licenses } of components) {
    expect(licenses, name).toHaveLength(1);
    expect(read('LICENSES')).toContain(`${name === 'node' ? 'Node' : name} ${version}`);
  }
  for (const name of names.filter((each) => /^node_modules\/(@[^/]+\/)?[^@/]+$/.test(each)))
    expect(known).toContain(name.slice('node_modules/'.length));
});
