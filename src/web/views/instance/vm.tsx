import type { Vm } from '../../../api/pages/index.ts';
import { formatSize, wholeSeconds } from '../../../wording/index.ts';
import { Chart, Loading, ProblemBox, Section } from '../../components/index.ts';
import type { InstanceModel } from '../../models/instance/index.ts';
import { TopProcesses } from './top-processes.tsx';

const MEMORY = [
  { key: 'processes', name: 'processes', hue: 0 },
  { key: 'binary', name: 'binaries', hue: 1 },
  { key: 'code', name: 'code', hue: 2 },
  { key: 'ets', name: 'ETS', hue: 3 },
  { key: 'atom', name: 'atoms', hue: 4 },
  { key: 'other', name: 'others', hue: 5 },
];
const whole = (value: number) => Math.round(value).toLocaleString('en');

/** What the Erlang VM tells of itself, by its own distribution. */
export function VmSection({ model }: { model: InstanceModel }) {
  const vm = model.vm.value;
  const series = model.vmSeries.value;
  return (
    <Section title="Erlang VM" aside={vm !== null && <span class="muted small">{aboutOf(vm)}</span>}>
      <ProblemBox problem={model.vmProblem.value} />
      {vm === null ? (
        model.vmProblem.value === null && <Loading />
      ) : (
        <>
          <div class="charts">
            <Chart title="Memory by kind" series={series} curves={MEMORY} unit="bytes" format={formatSize} />
            <Chart
              title="Processes"
              series={series}
              curves={[{ key: 'count', name: 'processes', hue: 0 }]}
              unit="count"
              format={whole}
            />
            <Chart
              title="Run queue"
              series={series}
              curves={[{ key: 'queue', name: 'ready, and waiting for a scheduler', hue: 4 }]}
              unit="count"
              format={whole}
            />
            <Chart
              title="Reductions"
              series={series}
              curves={[{ key: 'reductions', name: 'a second', hue: 2 }]}
              unit="count"
              format={short}
            />
          </div>
          <Limits vm={vm} />
          <TopProcesses vm={vm} />
        </>
      )}
    </Section>
  );
}

function aboutOf({ otp_release, erts_version, uptime_s, schedulers }: Vm): string {
  return `OTP ${otp_release}, ERTS ${erts_version}, ${schedulers.online} schedulers, up ${wholeSeconds(uptime_s * 1000)}`;
}

function Limits({ vm }: { vm: Vm }) {
  const limits = [
    { name: 'Processes', ...vm.processes },
    { name: 'Ports', ...vm.ports },
    { name: 'Atoms', ...vm.atoms },
    { name: 'ETS tables', ...vm.ets_tables },
  ];
  return (
    <ul class="limits panel padded">
      {limits.map(({ name, count, limit }) => (
        <li key={name}>
          <div class="limit-head">
            <span>{name}</span>
            <span class="number muted">
              {count.toLocaleString('en')} of {limit.toLocaleString('en')}
            </span>
          </div>
          <meter min={0} max={limit} high={limit * 0.75} value={count} aria-label={`${name}, of the limit`} />
        </li>
      ))}
    </ul>
  );
}

/** `1.2M` */
function short(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 1 });
}
