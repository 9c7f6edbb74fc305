import { commandLine, formatSize } from '../../../wording/index.ts';
import { browserClock } from '../../browser/index.ts';
import {
  Chart,
  Empty,
  Loading,
  LogTail,
  PageHead,
  Section,
  StateBadge,
  sentence,
} from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createInstance } from '../../models/instance/index.ts';
import type { Parameters } from '../../router/index.ts';
import { Buttons } from './buttons.tsx';
import { Facts } from './facts.tsx';
import { Runs } from './runs.tsx';
import { VmSection } from './vm.tsx';

/** One instance of a service, or one worker of a site. */
export function Page({ parameters }: { parameters: Parameters }) {
  const { app = '', unit = '' } = parameters;
  const { status } = useSlipway();
  const model = useModel(
    ({ client, feed, status: apps }) =>
      createInstance({
        ...{ client, feed, status: apps, clock: browserClock, app, unit },
        isVisible: () => document.visibilityState === 'visible',
      }),
    [app, unit],
  );
  const instance = model.instance.value;
  const crumbs = <a href={`/apps/${encodeURIComponent(app)}`}>{app}</a>;
  if (instance === null)
    return (
      <>
        <PageHead title={`${app}/${unit}`} crumbs={crumbs} />
        {status.status.value === null ? (
          <Loading lines={5} />
        ) : (
          <div class="panel">
            <Empty title={`There is no ${app}/${unit}`} command={commandLine(['slipway', 'status', app])} />
          </div>
        )}
      </>
    );
  return (
    <>
      <PageHead
        crumbs={crumbs}
        title={
          <>
            {instance.instance} <StateBadge state={instance.state} />
          </>
        }
        about={instance.reason === instance.state ? undefined : sentence(instance.reason)}
      >
        <Buttons app={app} unit={unit} state={instance.state} />
      </PageHead>
      <Facts instance={instance} />
      <Section title="What it uses">
        <div class="charts">
          <Chart
            title="Memory"
            series={model.usage.value}
            curves={[{ key: 'memory', name: 'with all that it has started', hue: 0 }]}
            unit="bytes"
            format={formatSize}
          />
          <Chart
            title="Processor"
            series={model.usage.value}
            curves={[{ key: 'cpu', name: 'of one core', hue: 1 }]}
            unit="percent"
            format={(value) => `${value < 10 ? value.toFixed(1) : Math.round(value)}%`}
          />
        </div>
      </Section>
      {instance.otp !== null && <VmSection model={model} />}
      <Section
        title="Runs"
        aside={
          <a href={`/timeline?app=${encodeURIComponent(app)}`} class="small">
            Timeline
          </a>
        }
      >
        <Runs runs={model.runs} />
      </Section>
      <Section
        title="Log"
        aside={
          <a href={`/logs?app=${encodeURIComponent(app)}&instance=${encodeURIComponent(unit)}`} class="small">
            All of it
          </a>
        }
      >
        <LogTail app={app} unit={unit} label={`Log of ${app}/${unit}`} />
      </Section>
    </>
  );
}
