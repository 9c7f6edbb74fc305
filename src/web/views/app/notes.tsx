import type { ComponentChildren } from 'preact';
import { stateWord, type Tone, versionText, withShortCommits } from '../../../wording/index.ts';
import { Ago, Command, sentence, Version } from '../../components/index.ts';
import type { Parts } from './parts.ts';

/** What a person should know about the app before anything else, each with what can be done about it. */
export function Notes({ app, dialogs, mayDeploy }: Parts) {
  const { source, pinned, live, deployment } = app;
  const { offer, tried } = source;
  const isNew = offer !== null && offer !== live?.version && deployment === null;
  const isGhosted = app.ghosted.some(({ version }) => version === offer);
  return (
    <div class="notes live">
      {deployment !== null && (
        <Note tone="moving">
          <strong>Deployment {deployment} runs.</strong> <a href={`/deployments/${deployment}`}>Follow it</a>
        </Note>
      )}
      {app.stray && (
        <Note tone="bad">
          <strong>What visitors get is not what is live:</strong> {app.stray.reason}.{' '}
          <Command text={app.stray.next} />
        </Note>
      )}
      {app.maintenance && (
        <Note
          tone="moving"
          action={
            mayDeploy ? ['End maintenance', () => dialogs.show({ is: 'maintenance', on: false })] : null
          }
        >
          <strong>The maintenance page is on:</strong> visitors get 503.
        </Note>
      )}
      {app.waits_for !== undefined ? (
        <Note tone="bad">
          <strong>Nothing can be done with it yet:</strong> {source.reason}. It starts by itself when all it
          waits for is known.
        </Note>
      ) : (
        source.state !== 'ok' && <SourceNote source={source} />
      )}
      {pinned !== null && (
        <Note tone="quiet" action={mayDeploy ? ['Unpin', () => dialogs.show({ is: 'unpin' })] : null}>
          <strong>
            Pinned to <Version version={pinned} />:
          </strong>{' '}
          automatic deployment waits until it is unpinned.
        </Note>
      )}
      {isNew && (
        <Note
          tone={tried === null && !isGhosted ? 'good' : 'bad'}
          action={mayDeploy ? ['Look at it', () => dialogs.show({ is: 'deploy', version: null })] : null}
        >
          <strong>
            The source offers <Version version={offer} />
          </strong>
          {isGhosted && ', which is ghosted'}
          {tried !== null && (
            <>
              . <a href={`/deployments/${tried.deployment}`}>Deployment {tried.deployment}</a>{' '}
              {triedWord(tried.state)}
              {tried.reason === null ? '' : `: ${withShortCommits(tried.reason)}`}
            </>
          )}
          .
        </Note>
      )}
      {app.ghosted
        .filter(({ version }) => version !== offer)
        .slice(0, 3)
        .map(({ version, reason, at }) => (
          <Note
            key={version}
            tone="quiet"
            action={mayDeploy ? ['Un-ghost', () => dialogs.show({ is: 'unghost', version })] : null}
          >
            <strong>{versionText(version)} is ghosted:</strong> {withShortCommits(reason)}{' '}
            <span class="muted">
              (<Ago at={at} />)
            </span>
          </Note>
        ))}
    </div>
  );
}

function SourceNote({ source: { state, reason, at } }: { source: Parts['app']['source'] }) {
  return (
    <Note tone={state === 'error' ? 'bad' : 'quiet'}>
      <strong>The source {state === 'error' ? 'has a fault' : 'is waiting'}:</strong>{' '}
      {withShortCommits(reason ?? 'no reason given')}{' '}
      <span class="muted">
        (<Ago at={at} />)
      </span>
    </Note>
  );
}

function Note(props: { tone: Tone; action?: [string, () => void] | null; children: ComponentChildren }) {
  const [text, run] = props.action ?? [null, null];
  return (
    <div class={`note tone-${props.tone}`}>
      <div class="text">{props.children}</div>
      {text !== null && (
        <button type="button" class="button small" onClick={run}>
          {text}
        </button>
      )}
    </div>
  );
}

function triedWord(state: string): string {
  return (
    { failed: 'failed', rolled_back: 'was rolled back', cancelled: 'was cancelled' }[state] ??
    sentence(stateWord(state))
  );
}
