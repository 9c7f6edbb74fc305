import { describe, expect, it } from 'vitest';
import { chosenTrialsOf, everyTrialOf, type KillTrial, trialsOf } from './support/kill-trials.ts';

const DEPLOYMENT = [
  'tiny/1: run tiny.1.1.0.mx2w6mkq00 started',
  'tiny: deployment queued',
  'tiny: deployment begins',
  'tiny: fetch begins',
  'tiny: fetch succeeded',
  'tiny: roll-out 1 begins',
  'tiny/1: run tiny.1.1.0.mx2w6mkq00 ended',
  'tiny/1: run tiny.1.2.0.mx2w6nda05 started',
  'tiny: roll-out 1 succeeded',
  'tiny: roll-out 2 begins',
  'tiny/2: run tiny.2.1.0.mx2w6ml201 ended',
  'tiny/2: run tiny.2.2.0.mx2w6nmy06 started',
  'tiny: roll-out 2 succeeded',
  'tiny: release 1 pruned',
];
const told = (trials: KillTrial[]) => trials.map(({ at, moment }) => `${moment} ${at}`);

describe('the kills that are tried', () => {
  it('are before and after every entry, but for what follows at once on the end of a step', () => {
    const every = told(everyTrialOf(DEPLOYMENT));
    expect(every).toHaveLength(2 * DEPLOYMENT.length - 2);
    expect(every).not.toContain('before 6');
  });

  it('are chosen: one of a kind, and both moments of what changes what is live', () => {
    expect(told(chosenTrialsOf(DEPLOYMENT))).toEqual([
      ...['after 2', 'after 3'],
      'before 5',
      'after 10',
      ...['before 11', 'after 11', 'before 12', 'after 12', 'before 13', 'after 13'],
      'before 14',
    ]);
  });

  it('leave out what another scenario tries, and what is noted of who did something', () => {
    const tried = trialsOf(['audit 3 ends', ...DEPLOYMENT], { elsewhere: /^(roll-out|run|release)/ });
    expect(told(tried)).toEqual(['after 3', 'after 4', 'before 6']);
  });

  it('begin with the first entry that is the scenario’s own, which must be there', () => {
    expect(told(trialsOf(DEPLOYMENT, { own: 'roll-out' }))[0]).toBe('after 10');
    expect(() => trialsOf(DEPLOYMENT, { own: 'roll-back' })).toThrow('no roll-back in tiny/1');
  });
});
