import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Client, Problem } from '../client/index.ts';
import { Icon, sentence } from '../components/index.ts';
import { CHEAT_SHEETS, type ConsoleModel, type ConsoleTarget } from '../models/console/index.ts';
import { createAction } from '../models/index.ts';
import { ConsoleStateBadge } from './state-badge.tsx';

interface ConsolePageProps {
  model: ConsoleModel;
  target: ConsoleTarget;
  client: Pick<Client, 'endConsole'>;
  /** What runs there, as far as is known. */
  kind: 'iex' | 'erl' | 'shell';
  onPlace: (place: HTMLElement, leave: () => void) => void;
  focus: () => void;
}

/** The bar above the terminal, and what helps in it. */
export function ConsolePage({ model, target, client, kind, onPlace, focus }: ConsolePageProps) {
  const place = useRef<HTMLDivElement>(null);
  const firstButton = useRef<HTMLAnchorElement>(null);
  const [help, setHelp] = useState(false);
  const end = useMemo(
    () =>
      createAction(async (console: string) => {
        await client.endConsole({ console });
      }),
    [],
  );
  useEffect(() => {
    if (place.current) onPlace(place.current, () => firstButton.current?.focus());
  }, []);
  const state = model.state.value;
  const { app, instance } = target;
  const name = app === null ? 'the host' : `${app}/${instance}`;
  const back =
    app === null
      ? '/host'
      : `/apps/${encodeURIComponent(app)}/instances/${encodeURIComponent(instance ?? '')}`;
  const isOver = state.is === 'ended' || state.is === 'refused';
  const id = model.id.value;
  return (
    <div class="console">
      <header class="console-bar">
        <a ref={firstButton} href={back} class="button plain small" aria-label={`Back to ${name}`}>
          <Icon name="back" />
        </a>
        <h1 class="cut">{name}</h1>
        <span role="status">
          <ConsoleStateBadge state={state} />
        </span>
        <span class="console-buttons">
          <button type="button" class="button small" aria-expanded={help} onClick={() => setHelp(!help)}>
            Cheat sheet
          </button>
          {state.is === 'lost' && (
            <button type="button" class="button small" onClick={() => model.retry()}>
              Try now
            </button>
          )}
          {!isOver && id !== null && (
            <button
              type="button"
              class="button small"
              disabled={end.busy.value}
              onClick={() => void end.run(id)}
            >
              End
            </button>
          )}
          {isOver && (
            <button
              type="button"
              class="button small primary"
              onClick={() => {
                model.openAgain();
                focus();
              }}
            >
              Open again
            </button>
          )}
        </span>
      </header>
      {model.readOnly.value && !isOver && (
        <div class="note tone-moving console-note">
          <span class="text">Another page writes to this console. You see what it shows.</span>
          <button type="button" class="button small" onClick={() => model.take()}>
            Take over
          </button>
        </div>
      )}
      {state.is === 'refused' && <Refusal problem={state.problem} />}
      {!isOver && end.problem.value !== null && <Refusal problem={end.problem.value} />}
      <div class="console-body">
        <main ref={place} class="console-place" aria-label={`Console of ${name}`} />
        {help && <Help kind={kind} />}
      </div>
      {!isOver && (
        <p class="console-foot muted small">
          <kbd>F6</kbd> leaves the terminal. The console goes on for 15 minutes when this page is closed, and
          is here again when it comes back.
        </p>
      )}
    </div>
  );
}

/** Without what the other pages have around theirs. */
function Refusal({ problem: { message, hint, next } }: { problem: Problem }) {
  return (
    <div class="problem" role="alert">
      <strong>{sentence(message)}</strong>
      {hint !== null && <p class="hint">{sentence(hint)}</p>}
      {next !== null && <code>{next}</code>}
    </div>
  );
}

function Help({ kind }: { kind: 'iex' | 'erl' | 'shell' }) {
  const shown =
    kind === 'shell' ? (['shell'] as const) : kind === 'erl' ? (['erl'] as const) : (['iex', 'erl'] as const);
  return (
    <aside class="console-help" aria-label="Cheat sheet">
      {shown.map((each) => (
        <section key={each}>
          <h2>{CHEAT_SHEETS[each].title}</h2>
          <dl>
            {CHEAT_SHEETS[each].tricks.map(({ keys, does }) => (
              <div key={keys}>
                <dt>
                  <code>{keys}</code>
                </dt>
                <dd class="muted small">{does}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </aside>
  );
}
