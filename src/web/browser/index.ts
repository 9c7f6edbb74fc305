export { type BrowserClock, browserClock } from './clock.ts';
export { copyText } from './copy.ts';
export { kept, type Store } from './storage.ts';
