import type { FrontedConfiguration } from './configuration.ts';
import { durationText, sizeText } from './describe-common.ts';

/** What the proxy has to do with an app. */
export function describeFronted({ domains, path, routing }: FrontedConfiguration) {
  const { maxBodyBytes, hstsMs } = routing;
  return {
    domains: domains.map(({ host, redirect }) => (redirect === null ? host : { host, redirect })),
    ...(domains.length > 0 && {
      path,
      max_body: maxBodyBytes === null ? null : sizeText(maxBodyBytes),
      allow: routing.allow,
      basic_auth: routing.basicAuth,
      hsts: hstsMs === null ? null : durationText(hstsMs),
      compress: routing.compress,
      time_out: durationText(routing.answerMs),
      error_page: routing.errorPage,
      maintenance_page: routing.maintenancePage,
    }),
  };
}
