export { match, type Parameters } from './match.ts';
export { momentOf } from './moment.ts';
export { createRouter, type Place, type Router } from './router.ts';
