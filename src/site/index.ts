export type { Foresight } from './foresee.ts';
export { maintenancePage } from './maintenance-page.ts';
export { Site } from './site.ts';
