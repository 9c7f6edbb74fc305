export { type Bind, createProgram } from './program.ts';
