export { Lasting } from './lasting.ts';
export { type Door, serveDoor, type TcpAddress } from './serve.ts';
export type { DoorSettings } from './settings.ts';
