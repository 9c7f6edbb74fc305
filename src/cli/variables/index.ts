export { ask } from './ask.ts';
export { assignmentsOf } from './assignments.ts';
export { namesOf } from './names.ts';
export { valuesOf } from './values.ts';
