import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll } from 'vitest';
import {
  type Configuration,
  ConfigurationError,
  type ConfigurationIssue,
  loadConfiguration,
  type ServiceConfiguration,
  type SiteConfiguration,
} from '../../../src/config/index.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'slipway-config-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

/** What an app has of the proxy where nothing is written of it. */
export const UNFRONTED = {
  domains: [],
  path: '/',
  routing: {
    maxBodyBytes: null,
    allow: null,
    basicAuth: null,
    hstsMs: null,
    compress: false,
    answerMs: 60_000,
    errorPage: null,
    maintenancePage: null,
  },
};

/** The same of a service. */
export const UNROUTED = {
  ...UNFRONTED,
  sticky: false,
  rollOut: { strategy: 'replace', batch: 1, drainMs: 30_000, sparePort: null },
  canary: null,
};

let files = 0;

export function pathInTemporaryDirectory(name: string): string {
  return path.join(directory, name);
}

export function written(content: string | Uint8Array): string {
  const file = pathInTemporaryDirectory(`${++files}.yaml`);
  fs.writeFileSync(file, content);
  return file;
}

export function load(content: string | Uint8Array): Configuration {
  return loadConfiguration({ file: written(content), env: {} });
}

/** What is thrown, which must be a ConfigurationError. */
export function errorOf(load: () => unknown): ConfigurationError {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigurationError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

export function issuesOf(content: string | Uint8Array): readonly ConfigurationIssue[] {
  return errorOf(() => load(content)).issues;
}

/** `path: message` of each error; where there is a hint, ` - hint`. */
export function errorsOf(content: string): string[] {
  return issuesOf(content).map(
    ({ path, message, hint }) => `${path}: ${message}${hint === null ? '' : ` - ${hint}`}`,
  );
}

const SERVICE = {
  name: 'shop',
  kind: 'service',
  runtime: 'elixir',
  source: { type: 'bucket', url: '/srv/releases/shop' },
  port: 4000,
};

const SITE = {
  name: 'shop',
  kind: 'site',
  source: { type: 'git', url: 'https://example.com/shop.git' },
};

/** A file of services that are right but for what is given. JSON is YAML. */
export function fileOf(...services: Record<string, unknown>[]): string {
  return JSON.stringify({ apps: services.map((service) => ({ ...SERVICE, ...service })) });
}

export function siteFile(...sites: Record<string, unknown>[]): string {
  return JSON.stringify({ apps: sites.map((site) => ({ ...SITE, ...site })) });
}

export function loadApp(service: Record<string, unknown>): ServiceConfiguration {
  const loaded = load(fileOf(service)).apps[0];
  if (loaded?.kind !== 'service') throw new Error('no service');
  return loaded;
}

export function loadSite(site: Record<string, unknown>): SiteConfiguration {
  const loaded = load(siteFile(site)).apps[0];
  if (loaded?.kind !== 'site') throw new Error('no site');
  return loaded;
}
