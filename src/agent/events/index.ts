export { EventLog, type ToldEvent } from './event-log.ts';
export { readEvents } from './read-events.ts';
