import { verbs } from '../commands/index.ts';
import type { Group } from './group.ts';
import { instance } from './parameters.ts';

export const instancesGroup: Group = {
  title: 'Instances and workers:',
  verbs: [
    {
      name: 'restart',
      summary: 'restart an app, one instance after the other',
      description:
        'Restarts an app, one instance after the other, or one instance or worker. Returns when all are ready.',
      arguments: [instance()],
      examples: ['slipway restart shop', 'slipway restart shop/2', 'slipway restart shop/queue'],
      run: verbs.restart,
    },
    {
      name: 'stop',
      summary: 'stop an app or an instance, until it is started',
      arguments: [instance()],
      run: verbs.stop,
    },
    {
      name: 'start',
      summary: 'start what was stopped',
      arguments: [instance()],
      run: verbs.start,
    },
  ],
};
