export { type BrowserClock, browserClock } from './clock.ts';
export { copyText } from './copy.ts';
export { onFrame } from './frame.ts';
export { saveText } from './save.ts';
export { kept, type Store } from './storage.ts';
