export { Access, type Credentials } from './access.ts';
export { ownerOf, type Principal, type Role } from './role.ts';
