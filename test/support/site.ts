import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { DeploymentWithSteps } from '../../src/api/index.ts';
import { temporaryFolder } from './temporary.ts';
import { SELDOM, waitFor } from './wait-for.ts';
import { Workshop, type WorkshopOptions } from './workshop.ts';

/** What git takes from the environment, so that a test does not depend on who runs it. */
export const GIT_ENV = {
  PATH: process.env.PATH ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.com',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.com',
};

export type Tree = Record<string, string | { executable: string } | { link: string } | null>;

/** A repository as a developer has it, and the bare one that it is pushed to. */
export class Repository {
  readonly bare: string;
  readonly work: string;

  constructor(folder: string) {
    this.bare = path.join(folder, 'shop.git');
    this.work = path.join(folder, 'work');
    fs.mkdirSync(this.work, { recursive: true });
    execFileSync('git', ['init', '--quiet', '--bare', '--initial-branch=main', this.bare], { env: GIT_ENV });
    this.git('init', '--quiet', '--initial-branch=main');
    this.git('remote', 'add', 'origin', this.bare);
  }

  git(...args: string[]): string {
    return execFileSync('git', args, { cwd: this.work, env: GIT_ENV, encoding: 'utf8' }).trim();
  }

  /** Writes files (null: takes one away), commits and pushes; the full commit. */
  push(tree: Tree, { message = 'A change', branch = 'main' } = {}): string {
    for (const [name, content] of Object.entries(tree)) {
      const file = path.join(this.work, name);
      fs.rmSync(file, { recursive: true, force: true });
      if (content === null) continue;
      fs.mkdirSync(path.dirname(file), { recursive: true });
      if (typeof content === 'object' && 'link' in content) fs.symlinkSync(content.link, file);
      else if (typeof content === 'object') fs.writeFileSync(file, content.executable, { mode: 0o755 });
      else fs.writeFileSync(file, content);
    }
    this.git('add', '--all', '--force');
    this.git('commit', '--quiet', '--allow-empty', '-m', message);
    this.git('push', '--quiet', '--force', 'origin', `HEAD:${branch}`);
    return this.git('rev-parse', 'HEAD');
  }
}

export interface SiteOptions extends Omit<WorkshopOptions, 'configuration' | 'replicas'> {
  /** Merged over the configuration of the site, and over that of its source. */
  site?: Record<string, unknown>;
  source?: Record<string, unknown>;
}

/** A site `shop` with its repository, its root and an agent to be started; all of it ends with the test. */
export class SiteWorkshop {
  readonly workshop: Workshop;
  readonly repository: Repository;
  readonly root: string;

  private constructor(workshop: Workshop, repository: Repository, root: string) {
    this.workshop = workshop;
    this.repository = repository;
    this.root = root;
  }

  static async make({ site = {}, source = {}, ...options }: SiteOptions = {}): Promise<SiteWorkshop> {
    const folder = options.folder ?? temporaryFolder();
    const repository = new Repository(folder);
    const root = path.join(folder, 'webroot');
    const workshop = await Workshop.make({
      ...options,
      folder,
      name: 'shop',
      configuration: {
        kind: 'site',
        root,
        source: { type: 'git', url: repository.bare, branch: 'main', ...source },
        owner: 'keep',
        ...site,
      },
    });
    return new SiteWorkshop(workshop, repository, root);
  }

  file(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** What a visitor of the site would get of a file. */
  served(name: string): string {
    return fs.readFileSync(this.file('current', name), 'utf8');
  }

  /** Deploys what the repository has, or what is asked for, and waits for the end. */
  async deploy(wish: { ref?: string; version?: string; force?: boolean } = {}): Promise<DeploymentWithSteps> {
    const client = await this.workshop.client();
    const { deployment } = await client.deploy({ app: 'shop', ...wish });
    return await this.ended(deployment);
  }

  async rollback(to?: number): Promise<DeploymentWithSteps> {
    const client = await this.workshop.client();
    const { deployment } = await client.rollback({ app: 'shop', ...(to === undefined ? {} : { to }) });
    return await this.ended(deployment);
  }

  async ended(id: number): Promise<DeploymentWithSteps> {
    const client = await this.workshop.client();
    return await waitFor(
      `deployment ${id} to end`,
      async () => {
        const deployment = await client.deployment({ id });
        if (deployment.state !== 'queued' && deployment.state !== 'running') return deployment;
        throw new Error(
          `${deployment.state}: ${JSON.stringify(deployment.steps.filter(({ state }) => state === 'running'))}`,
        );
      },
      SELDOM,
    );
  }
}
