import fs from 'node:fs';
import { SlipwayError } from '../kernel/index.ts';
import { FILES, type Project, projectIn } from './project.ts';
import { serviceText } from './service-text.ts';
import { siteText } from './site-text.ts';

/** A configuration for a project, to be read and changed by a person. */
export interface Draft {
  project: Project;
  /** YAML, with comments. */
  text: string;
  /** The commands that follow, in their order; `config`: the file that the text is written to. */
  next(config: string): string[];
}

/**
 * Writes a configuration for what a folder holds. `name`: of the app; else the project says.
 * @throws SlipwayError `usage` where nothing is found that is known
 */
export function draft(folder: string, { name }: { name: string | null }): Draft {
  const project = projectIn(folder, name);
  if (!project)
    throw new SlipwayError('usage', {
      message: isFolder(folder)
        ? `${folder} holds none of ${FILES.join(', ')}`
        : `${folder} is no folder, or not there`,
      hint: 'nothing was written; docs/configuration.md has examples for everything else',
      next: 'slipway init --help',
    });
  const body = project.kind === 'site' ? siteText(project) : serviceText(project);
  return { project, text: `${HEAD}\n${body}`, next: (config) => nextOf(project, config) };
}

function isFolder(path: string): boolean {
  return fs.statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

const HEAD = `# What runs on this host. Every key: docs/options.md, or: slipway config schema
# After a change: slipway config check, then slipway config apply

# data: /var/lib/slipway       # database, releases, caches
# logs: /var/log/slipway       # output of the apps
# listen: 127.0.0.1:5001       # API and dashboard

apps:`;

function nextOf(project: Project, config: string): string[] {
  const at = config === '/etc/slipway/slipway.yaml' ? '' : ` --config ${config}`;
  return [
    `slipway config check${at}`,
    ...(project.publish === null ? [] : [project.publish]),
    `slipway agent${at}`,
    ...(project.kind === 'site' ? [`slipway deploy ${project.name}${at}`] : []),
  ];
}
