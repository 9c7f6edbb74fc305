export { interactive, sizeOf, variablesOf } from './interactive.ts';
export { showOutput, statusOf } from './outcome.ts';
export { piped } from './piped.ts';
