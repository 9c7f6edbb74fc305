export { entryOf } from './group.ts';
export { EXIT_STATUS, FOLLOW_STATUS } from './help.ts';
export { type Bind, createProgram } from './program.ts';
