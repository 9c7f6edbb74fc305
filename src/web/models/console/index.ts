export { CHEAT_SHEETS, type CheatSheet } from './cheat-sheet.ts';
export {
  type Connection,
  type ConsoleModel,
  type ConsoleState,
  type ConsoleTarget,
  createConsole,
} from './console.ts';
