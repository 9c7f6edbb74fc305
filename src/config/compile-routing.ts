import type { CheckedService, CheckedSite } from './compile-common.ts';
import type { FrontedConfiguration } from './configuration.ts';

export function compileRouting(app: CheckedService | CheckedSite): FrontedConfiguration {
  return {
    domains: app.domains,
    path: app.path,
    routing: {
      maxBodyBytes: app.max_body,
      allow: app.allow,
      basicAuth: app.basic_auth,
      hstsMs: app.hsts,
      compress: app.compress,
      answerMs: app.time_out,
      errorPage: app.error_page,
      maintenancePage: app.maintenance_page,
    },
  };
}
