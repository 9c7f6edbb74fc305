export { APPS_SCOPE, isSystemdHost } from './apps-scope.ts';
export { ControlGroup, groupPathOf } from './control-group.ts';
export { ControlGroups } from './control-groups.ts';
export { dataFolderId } from './data-folder-id.ts';
export { type Controller, controllersOf, type Limits, NO_LIMITS, setLimits } from './limits.ts';
export { cgroupMount } from './mount.ts';
