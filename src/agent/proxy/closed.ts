import { FILES, maintenanceList, type ProxyFolder, parseMaintenanceList } from '../../proxy/index.ts';

/** Apps in maintenance: those in the file from which HAProxy knows when it starts, configured now or not. */
export class ClosedApps {
  private readonly folder: ProxyFolder;
  private ids: ReadonlySet<string>;

  constructor(folder: ProxyFolder) {
    this.folder = folder;
    this.ids = new Set(parseMaintenanceList(folder.read(FILES.maintenance) ?? ''));
  }

  has(app: string): boolean {
    return this.ids.has(app);
  }

  all(): string[] {
    return [...this.ids];
  }

  /** Durably. @throws where it cannot be written down: it is as it was */
  set(app: string, on: boolean): void {
    const others = this.all().filter((id) => id !== app);
    const ids = on ? [...others, app] : others;
    this.folder.prepare();
    this.folder.write(FILES.maintenance, maintenanceList(ids));
    this.ids = new Set(ids);
  }
}
