import type { Instance } from '../../api/pages/index.ts';
import { stateWord, type Tone, toneOf } from '../../wording/index.ts';

/** A state as a dot and its word: the colour alone says nothing to who does not see it. */
export function State({ state, tone = toneOf(state) }: { state: string; tone?: Tone }) {
  return (
    <span class="state">
      <span class={`dot tone-${tone}`} />
      {stateWord(state)}
    </span>
  );
}

export function StateBadge({ state, tone = toneOf(state) }: { state: string; tone?: Tone }) {
  return (
    <span class={`badge tone-${tone}`}>
      <span class={`dot tone-${tone}`} />
      {stateWord(state)}
    </span>
  );
}

/** Instances as dots, and in words how many of them are ready. */
export function InstanceDots({ instances, shown = 24 }: { instances: readonly Instance[]; shown?: number }) {
  if (instances.length === 0) return <span class="muted">no instances</span>;
  const ready = instances.filter(({ state }) => state === 'ready').length;
  return (
    <span class="state">
      <span class="dots" aria-hidden="true">
        {instances.slice(0, shown).map(({ instance, state }) => (
          <span
            key={instance}
            class={`dot tone-${toneOf(state)}`}
            title={`${instance} ${stateWord(state)}`}
          />
        ))}
      </span>
      <span class="number">
        {ready}/{instances.length} <span class="muted">ready</span>
      </span>
    </span>
  );
}
