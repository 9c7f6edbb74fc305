import { challengeMap, FILES, type ProxyControl, type ProxyFolder } from '../../proxy/index.ts';

/** What authorities find, by path, while they satisfy themselves of a name. Nothing of it outlives the agent. */
export class Challenges {
  private readonly folder: ProxyFolder;
  private readonly control: ProxyControl;
  private contents: ReadonlyMap<string, string> = new Map();

  constructor(folder: ProxyFolder, control: ProxyControl) {
    this.folder = folder;
    this.control = control;
  }

  set(contents: ReadonlyMap<string, string>): void {
    this.contents = contents;
  }

  /** Written down first: a HAProxy that is started, or reads its configuration anew, reads it. */
  async tell({ isRunning }: { isRunning: boolean }): Promise<void> {
    this.folder.write(FILES.challenges, challengeMap(this.contents));
    if (isRunning) await this.control.setChallenges(this.contents);
  }
}
