export { type ForwardState, forwardWarnings } from './forward-state.ts';
export { type Forwarded, type ForwardedLog, Forwards } from './forwards.ts';
export { reach } from './reach.ts';
