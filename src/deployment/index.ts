export { appState } from './app-state.ts';
export type { ServiceContext } from './context.ts';
export { Service } from './service.ts';
