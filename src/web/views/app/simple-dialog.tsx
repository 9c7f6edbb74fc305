import { commandLine, versionText } from '../../../wording/index.ts';
import { ActionDialog } from '../../components/index.ts';
import type { Action } from '../../models/index.ts';
import type { OpenDialog } from './dialog-state.ts';
import type { Parts } from './parts.ts';

type Simple = Exclude<OpenDialog, { is: 'deploy' | 'rollback' | 'variable' | 'unset' }>;

interface Asked {
  title: string;
  verb: string;
  text: string;
  command: string;
  danger?: boolean;
  action: Action<never>;
  input: unknown;
}

/** What is asked for by one sentence. */
export function SimpleDialog(parts: Parts & { open: Simple }) {
  const { title, verb, text, command, danger = false, action, input } = askedFor(parts, parts.open);
  return (
    <ActionDialog
      title={title}
      verb={verb}
      action={action}
      input={input as never}
      command={command}
      danger={danger}
      onClose={parts.dialogs.close}
    >
      <p>{text}</p>
    </ActionDialog>
  );
}

function askedFor({ app: { app, kind, instances }, actions }: Parts, open: Simple): Asked {
  switch (open.is) {
    case 'restart':
    case 'stop':
    case 'start': {
      const { instance } = open;
      const target = instance === null ? app : `${app}/${instance}`;
      const all = kind === 'site' ? 'workers' : 'instances';
      const verb = { restart: 'Restart', stop: 'Stop', start: 'Start' }[open.is];
      const text = {
        restart:
          instance === null
            ? instances.length === 0
              ? `${app} has no ${all} to restart.`
              : `${instances.length} ${all} are restarted one after the other; each is to be ready before the next one.`
            : `${target} is stopped and started again.`,
        stop:
          instance === null
            ? `All ${all} of ${app} are stopped, and stay so until somebody starts them.`
            : `${target} is stopped, and stays so until somebody starts it.`,
        start: `${target} is started.`,
      }[open.is];
      return {
        title: `${verb} ${target}`,
        verb,
        text,
        command: `slipway ${open.is} ${target}`,
        danger: open.is === 'stop',
        action: actions[open.is],
        input: { instance },
      };
    }
    case 'pin':
      return {
        title: `Pin ${app} to ${versionText(open.version)}`,
        verb: 'Pin',
        text: 'Automatic deployment waits until it is unpinned. What runs is left as it is.',
        command: commandLine(['slipway', 'pin', app, open.version]),
        action: actions.pin,
        input: { version: open.version },
      };
    case 'unpin':
      return {
        title: `Unpin ${app}`,
        verb: 'Unpin',
        text: 'Automatic deployment acts again: what the source offers may be deployed at once.',
        command: `slipway unpin ${app}`,
        action: actions.unpin,
        input: undefined,
      };
    case 'ghost':
      return {
        title: `Ghost ${versionText(open.version)}`,
        verb: 'Ghost',
        text: `Automatic deployment must not try ${versionText(open.version)} of ${app}. A person still can, with force.`,
        command: commandLine(['slipway', 'ghost', app, open.version]),
        danger: true,
        action: actions.ghost,
        input: { version: open.version },
      };
    case 'unghost':
      return {
        title: `Un-ghost ${versionText(open.version)}`,
        verb: 'Un-ghost',
        text: `Automatic deployment may try ${versionText(open.version)} of ${app} again.`,
        command: commandLine(['slipway', 'unghost', app, open.version]),
        action: actions.unghost,
        input: { version: open.version },
      };
    case 'maintenance':
      return {
        title: open.on ? `Maintenance of ${app}` : `End maintenance of ${app}`,
        verb: open.on ? 'Turn on' : 'End maintenance',
        text: open.on
          ? 'Visitors get the maintenance page, with 503, until it is ended.'
          : `Visitors get ${app} again.`,
        command: `slipway maintenance ${app} ${open.on ? 'on' : 'off'}`,
        danger: open.on,
        action: actions.setMaintenance,
        input: { on: open.on },
      };
    case 'cron':
      return {
        title: `Run ${open.entry} now`,
        verb: 'Run',
        text: `The cron entry ${open.entry} of ${app} is run once, now.`,
        command: commandLine(['slipway', 'cron', app, 'run', open.entry]),
        action: actions.runCron,
        input: { entry: open.entry },
      };
  }
}
