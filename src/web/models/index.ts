export { type Action, createAction } from './action.ts';
export { createNow } from './now.ts';
export { createOverview, type OverviewModel } from './overview.ts';
export { createPreferences, type Preferences } from './preferences.ts';
export { createResource, type Resource } from './resource.ts';
export { createSession, type Me, type Role, type SessionModel, type SessionState } from './session.ts';
export { createStatus, type StatusModel } from './status.ts';
export { createToasts, type Toast, type Toasts } from './toasts.ts';
