import { start } from './shell/index.ts';

start(window);
