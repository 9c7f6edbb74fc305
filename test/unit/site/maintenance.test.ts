import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { isInMaintenance, setMaintenance } from '../../../src/site/maintenance.ts';
import { maintenancePage } from '../../../src/site/maintenance-page.ts';
import { siteGround } from './ground.ts';

test('maintenance is on while the page is there: readable by everybody, whatever the umask', () => {
  const { context, root } = siteGround();
  const file = path.join(root, 'maintenance.html');
  expect(isInMaintenance(context.layout)).toBe(false);
  expect(setMaintenance(context, false)).toBe('shop is not in maintenance');
  const umask = process.umask(0o077);
  try {
    expect(setMaintenance(context, true)).toContain('answer 503 with a plain page');
  } finally {
    process.umask(umask);
  }
  expect(isInMaintenance(context.layout)).toBe(true);
  expect(fs.statSync(file).mode & 0o777).toBe(0o644);
  expect(fs.readFileSync(file, 'utf8')).toBe(maintenancePage);
  expect(setMaintenance(context, false)).toContain('out of maintenance');
  expect(fs.readdirSync(root).sort()).toEqual(['release']);
});

test('the page of the live release is taken, .slipway before .amezmo', () => {
  const { context, root, goLive } = siteGround();
  const read = () => fs.readFileSync(path.join(root, 'maintenance.html'), 'utf8');
  goLive(1, { '.amezmo/maintenance.html': 'from amezmo' });
  expect(setMaintenance(context, true)).toContain('.amezmo/maintenance.html of deployment_1.1.0');
  expect(read()).toBe('from amezmo');
  goLive(2, { '.amezmo/maintenance.html': 'from amezmo', '.slipway/maintenance.html': 'from slipway' });
  setMaintenance(context, true);
  expect(read()).toBe('from slipway');
});

test('a page that leads out, is no file or is too large is not used, and that is told', () => {
  const { context, root, goLive } = siteGround();
  const read = () => fs.readFileSync(path.join(root, 'maintenance.html'), 'utf8');
  const outside = path.join(root, 'secret.txt');
  fs.writeFileSync(outside, 'not for the public');
  const directory = goLive(1, { 'public/503.html': 'ours' });
  const page = path.join(directory, '.slipway/maintenance.html');
  fs.mkdirSync(path.dirname(page));

  fs.symlinkSync(outside, page);
  expect(setMaintenance(context, true)).toContain('it lies outside the release');
  expect(read()).toBe(maintenancePage);

  fs.rmSync(path.dirname(page), { recursive: true });
  fs.symlinkSync(root, path.dirname(page));
  fs.writeFileSync(path.join(root, 'maintenance.html'), 'outside');
  expect(setMaintenance(context, true)).toContain('it lies outside the release');
  expect(read()).toBe(maintenancePage);

  fs.rmSync(path.dirname(page));
  fs.mkdirSync(path.dirname(page));
  execFileSync('mkfifo', [page]);
  expect(setMaintenance(context, true)).toContain('it is no file');
  fs.rmSync(page);
  fs.mkdirSync(page);
  expect(setMaintenance(context, true)).toContain('it is no file');
  fs.rmdirSync(page);
  fs.writeFileSync(page, Buffer.alloc(1_048_577));
  expect(setMaintenance(context, true)).toContain('larger than 1 MB');

  fs.rmSync(page);
  fs.symlinkSync('../public/503.html', page);
  setMaintenance(context, true);
  expect(read()).toBe('ours');
});

test('what lies at the place of the page is replaced and never written through, or left as it is', () => {
  const { context, root } = siteGround();
  const file = path.join(root, 'maintenance.html');
  fs.writeFileSync(path.join(root, 'other'), 'untouched');
  fs.symlinkSync('other', file);
  setMaintenance(context, true);
  expect(fs.readFileSync(path.join(root, 'other'), 'utf8')).toBe('untouched');
  expect(fs.lstatSync(file).isFile()).toBe(true);
  fs.rmSync(file);
  fs.mkdirSync(file);
  expect(() => setMaintenance(context, true)).toThrow('could not be switched on');
  expect(fs.readdirSync(root).filter((name) => name.startsWith('.tmp-'))).toEqual([]);
});

test('a root that is not there yet is told of, with what makes it', () => {
  const { context, root } = siteGround();
  fs.rmSync(root, { recursive: true });
  expect(() => setMaintenance(context, true)).toThrow(
    expect.objectContaining({
      code: 'maintenance_failed',
      next: expect.stringContaining('slipway deploy shop'),
    }),
  );
});

test('the plain page loads nothing, and says what it is to readers and to screen readers', () => {
  expect(maintenancePage).not.toMatch(/(src|href|url)\s*[=(]|<script|@import/i);
  expect(maintenancePage).toMatch(/<html lang="en">[\s\S]*<title>[^<]+<\/title>[\s\S]*<main>[\s\S]*<h1>/);
  expect(maintenancePage).toContain('prefers-color-scheme: dark');
  expect(Buffer.byteLength(maintenancePage)).toBeLessThan(2048);
});
