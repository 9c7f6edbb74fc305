import { formatSize, wholeSeconds } from '../../../wording/index.ts';
import { browserClock } from '../../browser/index.ts';
import {
  Chart,
  Command,
  Icon,
  Loading,
  LogTail,
  PageHead,
  ProblemBox,
  Section,
} from '../../components/index.ts';
import { useModel, useSlipway } from '../../context/index.ts';
import { createHost } from '../../models/index.ts';
import { Consoles } from './consoles.tsx';
import { Disks } from './disks.tsx';
import { Findings } from './findings.tsx';

/** The machine that all of this runs on. */
export function Page() {
  const { session, status } = useSlipway();
  const model = useModel(({ client, feed }) =>
    createHost({
      client,
      feed,
      clock: browserClock,
      isVisible: () => document.visibilityState === 'visible',
    }),
  );
  const machine = model.machine.value;
  const agent = status.status.value?.agent;
  return (
    <>
      <PageHead
        title={machine?.hostname ?? 'Host'}
        about={
          machine !== null && `${machine.os}, ${machine.kernel}, up ${wholeSeconds(machine.uptime_s * 1000)}`
        }
      >
        {session.may('admin') && (
          <a class="button" href="/console" target="_blank" rel="noopener">
            <Icon name="console" /> Shell on the host
          </a>
        )}
      </PageHead>
      <ProblemBox problem={model.problem.value} />
      {machine === null ? (
        model.problem.value === null && <Loading lines={5} />
      ) : (
        <>
          <div class="charts live">
            <Chart
              title="Processors"
              series={model.series.value}
              curves={[{ key: 'cpu', name: `of all ${machine.cpu.count}`, hue: 0 }]}
              unit="percent"
              format={(value) => `${Math.round(value)}%`}
            />
            <Chart
              title="Memory"
              series={model.series.value}
              curves={[
                { key: 'memory', name: `used of ${formatSize(machine.memory.total_bytes)}`, hue: 1 },
                { key: 'agent', name: 'the agent', hue: 2 },
              ]}
              unit="bytes"
              format={formatSize}
            />
          </div>
          <dl class="facts panel padded host-facts live">
            <dt>Load</dt>
            <dd class="number">
              {machine.cpu.load.map((each) => each.toFixed(2)).join(', ')}{' '}
              <span class="muted small">in the last 1, 5 and 15 minutes</span>
            </dd>
            <dt>Swap</dt>
            <dd>
              {machine.memory.swap_total_bytes === 0
                ? 'none'
                : `${formatSize(machine.memory.swap_total_bytes - machine.memory.swap_free_bytes)} of ${formatSize(machine.memory.swap_total_bytes)} used`}
            </dd>
            <dt>Agent</dt>
            <dd>
              {agent !== undefined &&
                `${agent.version}, pid ${agent.pid}, up ${wholeSeconds(agent.uptime_s * 1000)}, `}
              {formatSize(machine.agent.heap_bytes)} of heap
              {machine.agent.loop_lag_p99_ms !== null &&
                `, its loop late by ${machine.agent.loop_lag_p99_ms} ms (p99)`}
            </dd>
          </dl>
          <Section title="Disks">
            <Disks disks={machine.disks} />
          </Section>
        </>
      )}
      <Findings doctor={model.doctor} />
      <Consoles model={model} />
      <Section
        title="The agent's own log"
        aside={
          <a href="/logs?app=@agent" class="small">
            All of it
          </a>
        }
      >
        <LogTail app={null} label="The agent's log" />
      </Section>
      <div class="section">
        <Command text="slipway doctor" title="The same on the command line" />
      </div>
    </>
  );
}
