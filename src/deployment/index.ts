export { App, type PlannedDeployment } from './app.ts';
export { appState } from './app-state.ts';
export type { Console } from './console.ts';
export type { AppContext, ServiceContext, SiteContext } from './context.ts';
export { service } from './service/index.ts';
export { type Foresight, Site } from './site/index.ts';
export { receiveUpload } from './upload.ts';
