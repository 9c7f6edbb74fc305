import { startConsole } from './console/index.ts';

void startConsole(window);
