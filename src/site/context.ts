import type { SiteConfiguration } from '../config/index.ts';
import type { AppContext } from '../deployment/index.ts';
import type { SiteLayout } from '../release/index.ts';

export interface SiteContext extends AppContext {
  readonly layout: SiteLayout;
  configuration: SiteConfiguration;
}
