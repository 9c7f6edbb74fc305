export { Access, type Credentials } from './access.ts';
export type { From } from './context.ts';
export type { Step } from './log-ins.ts';
export { ownerOf, type Principal, type Role } from './role.ts';
export type { UserView } from './users.ts';
