import { useState } from 'preact/hooks';
import { ActionDialog, Icon } from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createAppActions } from '../../models/index.ts';

const WORDS = {
  restart: { verb: 'Restart', text: 'is stopped and started again.' },
  stop: { verb: 'Stop', text: 'is stopped, and stays so until somebody starts it.' },
  start: { verb: 'Start', text: 'is started.' },
} as const;

export function Buttons({ app, unit, state }: { app: string; unit: string; state: string }) {
  const { session } = useSlipway();
  const actions = useModel((slipway) => createAppActions(slipway, app), [app]);
  const [open, setOpen] = useState<keyof typeof WORDS | null>(null);
  const name = `${app}/${unit}`;
  const query = new URLSearchParams({ app, instance: unit });
  return (
    <>
      <a class="button" href={`/logs?${query}`}>
        <Icon name="logs" /> Logs
      </a>
      {session.may('deployer', app) && (
        <>
          <a class="button" href={`/console?${query}`} target="_blank" rel="noopener">
            <Icon name="console" /> Console
          </a>
          <button
            type="button"
            class="button"
            onClick={() => setOpen(state === 'stopped' ? 'start' : 'stop')}
          >
            {state === 'stopped' ? 'Start' : 'Stop'}
          </button>
          <button type="button" class="button primary" onClick={() => setOpen('restart')}>
            <Icon name="restart" /> Restart
          </button>
        </>
      )}
      {open !== null && (
        <ActionDialog
          title={`${WORDS[open].verb} ${name}`}
          verb={WORDS[open].verb}
          action={actions[open]}
          input={{ instance: unit }}
          command={`slipway ${open} ${name}`}
          danger={open === 'stop'}
          onClose={() => setOpen(null)}
        >
          <p>
            {name} {WORDS[open].text}
          </p>
        </ActionDialog>
      )}
    </>
  );
}
