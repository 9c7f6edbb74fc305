import { Cron } from 'croner';

/** What is wrong with the schedule of a cron entry, or null. */
export function scheduleProblem(text: string): string | null {
  if (text.includes('\n')) return 'it has more than one line';
  try {
    const next = new Cron(text, { paused: true, mode: '5-or-6-parts' }).nextRun();
    return next === null ? 'it names a time that never comes' : null;
  } catch (error) {
    const words = error instanceof Error ? error.message.replace(/^CronPattern: /, '') : '';
    if (text.startsWith('@')) return 'known words: @hourly, @daily, @weekly, @monthly, @yearly';
    return /parts/.test(words) ? 'it needs five fields, or six with seconds first' : lowerFirst(words);
  }
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
