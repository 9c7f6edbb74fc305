import { Icon, Menu, type MenuItem } from '../../components/index.ts';
import { useShortcuts } from '../../context/index.ts';
import type { Parts } from './parts.ts';

/** What is done to the whole app. */
export function AppButtons({ app, dialogs }: Parts) {
  const deploy = () => dialogs.show({ is: 'deploy', version: null });
  const rollBack = () => dialogs.show({ is: 'rollback', to: null });
  const restart = () => dialogs.show({ is: 'restart', instance: null });
  useShortcuts(
    [
      { keys: 'd', text: `Deploy ${app.app}`, run: deploy },
      { keys: 'b', text: `Roll ${app.app} back`, run: rollBack },
      { keys: 'R', text: `Restart ${app.app}`, run: restart },
    ],
    app.app,
  );
  const more: MenuItem[] = [
    app.state === 'stopped'
      ? { text: 'Start…', run: () => dialogs.show({ is: 'start', instance: null }) }
      : { text: 'Stop…', run: () => dialogs.show({ is: 'stop', instance: null }), danger: true },
  ];
  if (app.kind === 'site' || app.instances.some(({ slot }) => slot !== null))
    more.push({
      text: app.maintenance ? 'End maintenance…' : 'Maintenance page…',
      run: () => dialogs.show({ is: 'maintenance', on: !app.maintenance }),
    });
  if (app.live !== null && app.pinned === null) {
    const { version } = app.live;
    more.push({ text: 'Pin what is live…', run: () => dialogs.show({ is: 'pin', version }) });
  }
  return (
    <>
      <button type="button" class="button primary" onClick={deploy}>
        <Icon name="deploy" />
        Deploy
      </button>
      <button type="button" class="button" onClick={rollBack}>
        <Icon name="back" />
        Roll back
      </button>
      <button type="button" class="button" onClick={restart}>
        <Icon name="restart" />
        Restart
      </button>
      <Menu label="More actions" items={more} />
    </>
  );
}
