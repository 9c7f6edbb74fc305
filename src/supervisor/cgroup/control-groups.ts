import fs from 'node:fs';
import path from 'node:path';
import { errnoOf, messageOf } from '../../kernel/index.ts';
import { appsScope, isSystemdHost, KEEPER_GROUP } from './apps-scope.ts';
import { ControlGroup } from './control-group.ts';
import { dataFolderId } from './data-folder-id.ts';
import { CONTROLLERS, type Controller } from './limits.ts';
import { cgroupMount } from './mount.ts';

const HOLDERS = 'holders';

/**
 * The control groups of one data folder: `<base>/<data folder id>/<run id>` for each run, made before its first
 * instruction, and `holders` for the shells that wait for them. `base` is the delegated scope of systemd, or, without
 * systemd, `slipway` at the root of the hierarchy.
 */
export class ControlGroups {
  readonly directory: string;
  /** Limits of these can be set. */
  readonly controllers: ReadonlySet<Controller>;
  readonly holders: ControlGroup;
  /** The group of the scope's keeper; null where there is no systemd. */
  private readonly keeper: ControlGroup | null;
  /** The scope was made when this was opened, or has got another keeper. */
  readonly isScopeNew: boolean;

  private constructor(
    directory: string,
    {
      controllers,
      keeper,
      isScopeNew,
    }: { controllers: ReadonlySet<Controller>; keeper: ControlGroup | null; isScopeNew: boolean },
  ) {
    this.directory = directory;
    this.controllers = controllers;
    this.keeper = keeper;
    this.isScopeNew = isScopeNew;
    this.holders = new ControlGroup(path.join(directory, HOLDERS));
  }

  /** @throws Error where no group can be made: no cgroup v2, not root, read-only */
  static async open(dataDirectory: string): Promise<ControlGroups> {
    if (process.getuid?.() !== 0) throw new Error('the agent does not run as root');
    const mount = cgroupMount();
    if (mount === null)
      throw new Error('this host has no hierarchy of cgroup version 2 that can be written to');
    const { directory: base, isNew } = isSystemdHost()
      ? await appsScope(mount)
      : { directory: path.join(mount, 'slipway'), isNew: false };
    const directory = path.join(base, dataFolderId(dataDirectory));
    try {
      new ControlGroup(directory).make();
    } catch (error) {
      throw new Error(`no control group can be made below ${base}: ${messageOf(error)}`);
    }
    // The root of the hierarchy is systemd's business where there is systemd, which has delegated the scope.
    const top = isSystemdHost() ? base : mount;
    const keeper = isSystemdHost() ? new ControlGroup(path.join(base, KEEPER_GROUP)) : null;
    const groups = new ControlGroups(directory, {
      controllers: enableControllers(top, directory),
      keeper,
      isScopeNew: isNew,
    });
    groups.holders.make();
    return groups;
  }

  /** False once the scope has been stopped: what is started in it then ends with it, or nobody knows of it. */
  isKept(): boolean {
    return this.keeper === null || this.keeper.isPopulated();
  }

  get id(): string {
    return path.basename(this.directory);
  }

  group(name: string): ControlGroup {
    return new ControlGroup(path.join(this.directory, name));
  }

  /** Those that are there, but for that of the holders. */
  all(): ControlGroup[] {
    return new ControlGroup(this.directory).children().filter(({ name }) => name !== HOLDERS);
  }

  /** Takes the empty ones away, and all of them where nothing is left. */
  sweep(keep: (name: string) => boolean): void {
    for (const group of this.all()) if (!keep(group.name) && !group.isPopulated()) group.remove();
  }

  /** Takes away what is empty: nobody is to use them any more. */
  close(): void {
    this.sweep(() => false);
    if (this.all().length === 0 && !this.holders.isPopulated()) new ControlGroup(this.directory).remove();
  }
}

/** Enables what can be had from `top` down to the folder's own group, which has processes in its leaves alone. */
function enableControllers(top: string, directory: string): Set<Controller> {
  const path_ = [top];
  for (const name of path.relative(top, directory).split(path.sep))
    path_.push(path.join(path_.at(-1) ?? top, name));
  const enabled = new Set<Controller>();
  for (const controller of CONTROLLERS)
    if (path_.every((each) => enable(each, controller))) enabled.add(controller);
  return enabled;
}

function enable(directory: string, controller: Controller): boolean {
  const has = (file: string) =>
    fs.readFileSync(path.join(directory, file), 'latin1').trim().split(' ').includes(controller);
  if (has('cgroup.subtree_control')) return true;
  if (!has('cgroup.controllers')) return false;
  try {
    fs.writeFileSync(path.join(directory, 'cgroup.subtree_control'), `+${controller}`);
    return true;
  } catch (error) {
    // EBUSY: processes are in the group itself. EINVAL, EACCES: a container may not.
    if (['EBUSY', 'EINVAL', 'EACCES', 'EPERM', 'EOPNOTSUPP'].includes(errnoOf(error) ?? '')) return false;
    throw error;
  }
}
