/** So long a page that nobody sees may wait. */
const UNSEEN_MS = 250;

/** Runs something with the next frame; of a page that is not seen there is none, and it runs soon. */
export function onFrame(run: () => void): void {
  if (document.visibilityState === 'visible') requestAnimationFrame(run);
  else setTimeout(run, UNSEEN_MS);
}
