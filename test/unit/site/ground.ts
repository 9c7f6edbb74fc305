import fs from 'node:fs';
import path from 'node:path';
import { onTestFinished } from 'vitest';
import type { SiteConfiguration } from '../../../src/config/index.ts';
import { Journal } from '../../../src/journal/index.ts';
import { type Clock, systemClock } from '../../../src/kernel/index.ts';
import { siteLayout } from '../../../src/release/index.ts';
import type { SiteContext } from '../../../src/site/context.ts';
import { upload } from '../../../src/source/index.ts';
import { Runs } from '../../../src/supervisor/index.ts';
import { endRunsOf } from '../../support/run-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { UNFRONTED } from '../config/written.ts';

export interface Ground {
  context: SiteContext;
  folder: string;
  data: string;
  root: string;
  /** What the context's parts told. */
  told: { type: string; message: string }[];
  /** Puts files into a release and makes it the live one. */
  goLive(number: number, files?: Record<string, string>): string;
  /** The same site for the next agent: journal and runs are opened anew. */
  nextAgent(): SiteContext;
}

const key = { name: 'shop', environment: 'production' };

/** A site on the disk and in a journal of its own, with the processes that it starts; all of it ends with the test. */
export function siteGround(
  options: { configuration?: Partial<SiteConfiguration>; clock?: Clock } = {},
): Ground {
  const folder = temporaryFolder();
  const data = path.join(folder, 'data');
  const root = path.join(folder, 'root');
  fs.mkdirSync(path.join(root, 'release'), { recursive: true });
  const layout = siteLayout(root);
  const told: Ground['told'] = [];
  const configuration: SiteConfiguration = {
    ...{
      kind: 'site',
      ...key,
      id: 'shop',
      root,
      source: { type: 'upload' },
      auto: false,
      inheritEnv: true,
      signing: null,
      env: {},
    },
    ...{
      user: null,
      log: { forward: [], maxSizeBytes: 65_536, keep: 1 },
      keep: 5,
      maxAgeMs: null,
      minFreeBytes: null,
    },
    ...{
      assets: [],
      upstream: null,
      domains: [],
      path: '/',
      routing: UNFRONTED.routing,
      keepGit: false,
      owner: null,
      modes: { directory: 0o2775, file: 0o664, executables: 'drop' },
      shared: [],
    },
    ...{
      autoInstallComposer: false,
      autoArtisanMigrations: false,
      hooks: { timeoutMs: 60_000 },
      health: null,
    },
    ...{ reload: null, workers: [], after: [], cron: [], webhook: null, upload: { maxSizeBytes: 1_000_000 } },
    ...{ domain: null, appType: null },
    ...options.configuration,
  };
  const open = (): SiteContext => {
    const journal = Journal.open(data);
    const runs = new Runs(path.join(data, 'run'), options.clock);
    void runs.contain();
    onTestFinished(() => {
      runs.close();
      journal.close();
    });
    journal.write('the app', (tables) => tables.addApp(key));
    return {
      ...{ key, id: 'shop', journal, runs, clock: options.clock ?? systemClock, layout, configuration },
      ...{ dataDirectory: data, logsDirectory: path.join(folder, 'logs'), agentEnvironment: process.env },
      account: async () => null,
      source: upload(systemClock),
      log: (line) => told.push(line),
      tell: () => undefined,
      secrets: () => ({}),
    };
  };
  const context = open();
  onTestFinished(() => endRunsOf(data));
  return {
    ...{ context, folder, data, root, told },
    goLive(number, files = {}) {
      const directory = layout.releaseDirectory(number, '1.0');
      fs.mkdirSync(directory, { recursive: true });
      for (const [name, content] of Object.entries(files)) {
        fs.mkdirSync(path.dirname(path.join(directory, name)), { recursive: true });
        fs.writeFileSync(path.join(directory, name), content);
      }
      fs.rmSync(layout.current, { force: true });
      fs.symlinkSync(path.relative(root, directory), layout.current);
      return directory;
    },
    nextAgent() {
      context.journal.close();
      return open();
    },
  };
}
