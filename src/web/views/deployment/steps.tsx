import { useSignal } from '@preact/signals';
import type { DeploymentWithSteps } from '../../../api/pages/index.ts';
import {
  formatDuration,
  isTolerated,
  stateWord,
  stepName,
  toneOf,
  withShortCommits,
} from '../../../wording/index.ts';
import { Icon, Section, sentence } from '../../components/index.ts';
import type { Bar, DeploymentModel, TimeAxis } from '../../models/index.ts';
import { Output } from './output.tsx';

/** The steps on one axis of time; a step that said something opens. */
export function Steps({ model }: { model: DeploymentModel }) {
  const deployment = model.deployment.value;
  const axis = model.axis.value;
  if (deployment === null || axis === null || deployment.steps.length === 0) return null;
  const hasMedians = axis.bars.some((bar) => bar?.medianMs != null);
  return (
    <Section
      title="Steps"
      aside={
        hasMedians ? (
          <span class="muted small legend">
            <svg width="14" height="14" aria-hidden="true">
              <line x1="7" x2="7" y1="1" y2="13" class="median" />
            </svg>
            median of the last ten
          </span>
        ) : undefined
      }
    >
      <ol class="panel steps live">
        <Axis axis={axis} />
        {deployment.steps.map((_, index) => (
          <Step key={index} deployment={deployment} index={index} bar={axis.bars[index] ?? null} />
        ))}
      </ol>
    </Section>
  );
}

function Axis({ axis: { marks, lengthMs } }: { axis: TimeAxis }) {
  return (
    <li class="step axis" aria-hidden="true">
      <span class="step-bar">
        <svg class="bar" width="100%" height="14">
          {marks.map((mark) => (
            <text key={mark} x={`${(mark / lengthMs) * 100}%`} y="11" class="mark">
              {mark === 0 ? '0' : shortTime(mark)}
            </text>
          ))}
        </svg>
      </span>
    </li>
  );
}

function Step({
  deployment,
  index,
  bar,
}: {
  deployment: DeploymentWithSteps;
  index: number;
  bar: Bar | null;
}) {
  const step = deployment.steps[index];
  const isLive = step?.state === 'running';
  const opened = useSignal<boolean | null>(null);
  if (step === undefined) return null;
  const tolerated = isTolerated(deployment, index);
  const tone = tolerated ? 'moving' : isLive ? 'moving' : toneOf(step.state);
  const hasMore = step.output.length > 0 || (step.reason !== null && step.state !== 'succeeded');
  const isOpen = hasMore && (opened.value ?? isLive);
  const name = (
    <>
      <span class={`dot tone-${tone}`} />
      <span class="step-name cut" title={stepName(step)}>
        {stepName(step)}
      </span>
      <span class="off-screen">{stateWord(step.state)}</span>
    </>
  );
  return (
    <li class={`step-item ${step.state}`}>
      <div class="step">
        {hasMore ? (
          <button
            type="button"
            class="step-title"
            aria-expanded={isOpen}
            onClick={() => {
              opened.value = !isOpen;
            }}
          >
            <span class={isOpen ? 'turn open' : 'turn'}>
              <Icon name="chevron" size={14} />
            </span>
            {name}
          </button>
        ) : (
          <span class="step-title">{name}</span>
        )}
        <span class="step-bar">{bar !== null && <BarOf bar={bar} tone={tone} />}</span>
        <span class="step-time number muted">
          {bar === null
            ? step.state === 'pending'
              ? ''
              : stateWord(step.state)
            : formatDuration(bar.lastedMs)}
        </span>
      </div>
      {isOpen && (
        <div class="step-more">
          {step.reason !== null && step.state !== 'succeeded' && (
            <p class={step.state === 'failed' ? 'tone-bad' : 'muted'}>
              {sentence(withShortCommits(step.reason))}
            </p>
          )}
          {step.output.length > 0 && <Output lines={step.output} follows={isLive} />}
        </div>
      )}
    </li>
  );
}

function BarOf({ bar, tone }: { bar: Bar; tone: string }) {
  const { left, width, medianWidth, medianMs, lastedMs } = bar;
  const text = `${formatDuration(lastedMs)}${medianMs === null ? '' : `, as a rule ${formatDuration(medianMs)}`}`;
  return (
    <svg class="bar" width="100%" height="14" role="img" aria-label={text}>
      <title>{text}</title>
      <rect x={`${left}%`} y="3" width={`${width}%`} height="8" rx="2" class={`fill tone-${tone}`} />
      {medianWidth !== null && (
        <line x1={`${left + medianWidth}%`} x2={`${left + medianWidth}%`} y1="0" y2="14" class="median" />
      )}
    </svg>
  );
}

/** `15s`, `2m`: marks are whole. */
function shortTime(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  return ms < 60_000 ? `${ms / 1000}s` : `${ms / 60_000}m`;
}
