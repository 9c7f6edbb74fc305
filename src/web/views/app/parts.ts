import type { App } from '../../../api/pages/index.ts';
import type { AppActions, AppModel } from '../../models/index.ts';
import type { Dialogs } from './dialog-state.ts';

/** What every part of the page is given. */
export interface Parts {
  app: App;
  model: AppModel;
  actions: AppActions;
  dialogs: Dialogs;
  mayDeploy: boolean;
}
