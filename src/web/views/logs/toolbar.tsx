import { useEffect, useState } from 'preact/hooks';
import { saveText } from '../../browser/index.ts';
import { Command, ExactTime, Icon } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { LogsModel } from '../../models/logs/index.ts';
import { commandOf, type LogsAddress, SINCE } from './query.ts';

export function Toolbar(props: {
  address: LogsAddress;
  apps: readonly string[];
  instances: readonly string[];
  model: LogsModel;
}) {
  const { address, apps, instances, model } = props;
  const { router, session } = useSlipway();
  const [typed, setTyped] = useState(address.grep);
  useEffect(() => setTyped(address.grep), [address.grep]);
  const { app, instance } = address;
  const change = (changes: Record<string, string | null>) =>
    router.setQuery({ at: null, line: null, ...changes }, { push: true });
  const flag = (name: 'invert' | 'stderr' | 'side', text: string, title: string) => (
    <button
      type="button"
      aria-pressed={address[name]}
      title={title}
      onClick={() => change({ [name]: address[name] ? null : '1' })}
    >
      {text}
    </button>
  );
  return (
    <div class="log-tools">
      <select
        class="input"
        aria-label="App"
        value={app ?? '@agent'}
        onChange={(event) => change({ app: event.currentTarget.value, instance: null, side: null })}
      >
        {apps.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
        {session.may('viewer') && <option value="@agent">The agent itself</option>}
      </select>
      {instances.length > 0 && (
        <select
          class="input"
          aria-label="Instance"
          value={instance ?? ''}
          onChange={(event) => change({ instance: event.currentTarget.value, side: null })}
        >
          <option value="">All instances</option>
          {instances.map((each) => (
            <option key={each} value={each.slice(each.indexOf('/') + 1)}>
              {each}
            </option>
          ))}
        </select>
      )}
      <select
        class="input"
        aria-label="Since"
        value={address.since}
        onChange={(event) => change({ since: event.currentTarget.value })}
      >
        {SINCE.map((each) => (
          <option key={each} value={each}>
            {each === '' ? 'Last 1000 lines' : `Last ${each}`}
          </option>
        ))}
      </select>
      <form
        class="log-search"
        role="search"
        onSubmit={(event) => {
          event.preventDefault();
          change({ grep: typed });
        }}
      >
        <input
          data-key="/"
          class="input"
          type="search"
          aria-label="Search by a regular expression"
          placeholder="Search (RE2)"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />
        <button type="submit" class="button icon" aria-label="Search">
          <Icon name="search" />
        </button>
      </form>
      <div class="choices">
        {flag('invert', 'Inverse', 'Lines that do not match')}
        {flag('stderr', 'stderr', 'Only standard error')}
        {instances.length > 1 && instance === null && flag('side', 'Side by side', 'Instances side by side')}
      </div>
      <button
        type="button"
        class="button"
        onClick={() =>
          saveText(`${app ?? 'agent'}${instance === null ? '' : `-${instance}`}.log`, model.text())
        }
      >
        Download
      </button>
      {address.at !== null && (
        <div class="note log-moment">
          <span class="text">
            Around <ExactTime at={new Date(address.at).toISOString()} />
          </span>
          <a class="button small" href={`/timeline?at=${address.at}${app === null ? '' : `&app=${app}`}`}>
            Timeline
          </a>
          <button type="button" class="button small" onClick={() => change({})}>
            Follow now
          </button>
        </div>
      )}
      <div class="log-command">
        <Command text={commandOf(address)} />
      </div>
    </div>
  );
}
