import { FILES, type ProxyFolder, type Share, shareMap } from '../../proxy/index.ts';

const KEPT = 'shares.json';

/** New releases that get a share of the requests: an agent that starts finds them as the last one has left them. */
export class Shares {
  private readonly folder: ProxyFolder;
  private readonly byApp: Map<string, Share>;

  constructor(folder: ProxyFolder) {
    this.folder = folder;
    this.byApp = new Map(readKept(folder).map((share) => [share.app, share]));
  }

  get(app: string): Share | null {
    return this.byApp.get(app) ?? null;
  }

  all(): Share[] {
    return [...this.byApp.values()];
  }

  /** Durably, for a HAProxy that starts, too. */
  set(app: string, share: Share | null): void {
    if (share === null) this.byApp.delete(app);
    else this.byApp.set(app, share);
    this.folder.prepare();
    this.folder.write(KEPT, JSON.stringify(this.all()));
    this.folder.write(FILES.shares, shareMap(this.all()));
  }
}

function readKept(folder: ProxyFolder): Share[] {
  try {
    return JSON.parse(folder.read(KEPT) ?? '[]');
  } catch {
    return [];
  }
}
