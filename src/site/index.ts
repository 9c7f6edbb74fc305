export type { Foresight } from './foresee.ts';
export { Site } from './site.ts';
