export { type Draft, draft } from './draft.ts';
