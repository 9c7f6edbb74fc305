export { interactive, sizeOf, variablesOf } from './interactive.ts';
export { piped } from './piped.ts';
