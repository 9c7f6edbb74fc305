import path from 'node:path';
import { keepJournal, putJournalBack } from '../journal/index.ts';
import { SlipwayError } from '../kernel/index.ts';
import { type AskAgent, untilItAnswers } from './answer.ts';
import type { Prospect } from './checks.ts';
import type { Installation } from './installation.ts';
import { compareInstances, type InstanceOver } from './instances.ts';
import { removeRecord, type UpdateRecord, writeRecord } from './record.ts';
import { unit } from './unit.ts';

/** However little patience there is with the new one. */
const FORMER_WITHIN_MS = 60_000;

/** The last one alone is kept. */
const JOURNAL_COPY = 'journal-before-update.db';

export interface UpdateContext {
  installation: Installation;
  dataDirectory: string;
  ask: AskAgent;
  /** So long the new agent may take to answer. */
  withinMs: number;
  /** A line about what was done. */
  tell: (line: string) => void;
}

export interface Updated {
  from: string;
  to: string;
  /** False where no agent ran: the next one to start is of the new version. */
  restarted: boolean;
  instances: InstanceOver[];
}

/**
 * Puts a version in force: the agent is restarted, and no app. Where the new agent does not answer, or loses an app, the former
 * version is put back, its journal too. Killed anywhere, `resume` goes on from the record.
 * @throws SlipwayError `update_failed` with the former version back in force, `update_stuck` where that does not answer either
 */
export async function update(context: UpdateContext, prospect: Prospect): Promise<Updated> {
  const { installation, dataDirectory } = context;
  const { from, to, migrates } = prospect;
  const state = await unit.state();
  const journalCopy = migrates ? path.join(dataDirectory, JOURNAL_COPY) : null;
  if (state === null || state.active === 'inactive') {
    if (journalCopy !== null) await keepJournal(dataDirectory, journalCopy);
    installation.switchTo(to);
    if (state !== null) await unit.bring(installation, { from, to });
    return { from, to, restarted: false, instances: [] };
  }
  const record: UpdateRecord = { from, to, direction: 'forth', journalCopy };
  writeRecord(installation, record);
  return await goForth(context, record);
}

/** Goes on with an update that was cut off; null where it had not come far enough for anything to be done. */
export async function resume(context: UpdateContext, record: UpdateRecord): Promise<Updated | null> {
  const { installation } = context;
  const { from, to } = record;
  if (record.direction === 'back') return await goBack(context, record, 'it was cut off on its way back');
  if (installation.current() === to) return await goForth(context, record);
  context.tell(`an update from ${from} to ${to} was cut off before ${to} was in force`);
  if ((await unit.state())?.active === 'inactive') await unit.start();
  removeRecord(installation);
  return null;
}

async function goForth(context: UpdateContext, record: UpdateRecord): Promise<Updated> {
  const { installation, dataDirectory, ask, withinMs, tell } = context;
  const { from, to, journalCopy } = record;
  // What has begun goes on, whatever is wrong with the agent that is exchanged.
  const before = await ask().catch(() => null);
  // Of one that was cut off: the new agent runs already, and the copy was made before it did.
  if (installation.current() !== to) {
    if (journalCopy !== null) {
      await unit.stop();
      await keepJournal(dataDirectory, journalCopy);
      tell(`the journal is kept as it was: ${journalCopy}`);
    }
    installation.switchTo(to);
    if (await unit.bring(installation, { from, to })) tell('the unit file is that of the new version');
  }
  await unit.start();
  const outcome = await untilItAnswers({ version: to, formerPid: before?.pid ?? null, ask, withinMs });
  if ('reason' in outcome) return await goBack(context, record, outcome.reason);
  const instances = compareInstances(before, outcome.agent);
  const lost = instances.find((each) => each.state === 'lost');
  if (lost)
    return await goBack(context, record, `it did not take ${lost.instance} (pid ${lost.before}) over`);
  tell(`the agent of ${to} answers after ${(outcome.tookMs / 1000).toFixed(1)} s`);
  removeRecord(installation);
  const gone = installation.prune([from, to]);
  if (gone.length > 0) tell(`${gone.join(', ')} removed; ${from} stays, to go back to`);
  return { from, to, restarted: true, instances };
}

async function goBack(context: UpdateContext, record: UpdateRecord, reason: string): Promise<never> {
  const { installation, dataDirectory, ask, tell } = context;
  const { from, to, journalCopy } = record;
  const back: UpdateRecord = { ...record, direction: 'back' };
  writeRecord(installation, back);
  tell(`${to} is not taken: ${reason}`);
  const words = await unit.lastWords();
  await unit.stop();
  if (journalCopy !== null) {
    putJournalBack(journalCopy, dataDirectory);
    // What the former agent writes from here on is not to be put back once more.
    writeRecord(installation, { ...back, journalCopy: null });
  }
  installation.switchTo(from);
  await unit.bring(installation, { from: to, to: from });
  await unit.start();
  const outcome = await untilItAnswers({
    version: from,
    formerPid: null,
    ask,
    withinMs: FORMER_WITHIN_MS,
  });
  const details = { message: `Slipway ${to} was not taken: ${reason}` };
  const said = words === '' ? '' : `; its last words: ${words}`;
  if ('reason' in outcome)
    throw new SlipwayError('update_stuck', {
      ...details,
      hint: `${from} is in force again, but ${outcome.reason}; the apps go on by themselves${said}`,
      next: 'journalctl --unit slipway --lines 30',
    });
  removeRecord(installation);
  throw new SlipwayError('update_failed', {
    ...details,
    hint: `${from} is back in force, and the apps were not touched${said}`,
    next: 'slipway status',
  });
}
