import type { Instance } from '../../../api/pages/index.ts';
import { stateWord, wholeSeconds } from '../../../wording/index.ts';
import { Ago, Command, Menu, Section, Size, State, sentence, Version } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';
import type { Parts } from './parts.ts';

/** Instances of a service, workers of a site, as they are now. */
export function InstancesSection(parts: Parts) {
  const { app } = parts;
  const title = app.kind === 'site' ? 'Workers' : 'Instances';
  if (app.instances.length === 0)
    return app.kind === 'site' || app.waits_for !== undefined ? null : (
      <Section title={title}>
        <p class="muted">
          0 replicas are configured: nothing is started. Write <code>replicas: 1</code> or more into the
          configuration, then apply it:
        </p>
        <Command text="slipway config apply" />
      </Section>
    );
  const hasPorts = app.instances.some(({ port }) => port !== null);
  const hasNodes = app.instances.some(({ otp }) => otp !== null);
  return (
    <Section title={title}>
      <div class="panel scroll live">
        <table class="table stacks">
          <thead>
            <tr>
              <th>{app.kind === 'site' ? 'Worker' : 'Instance'}</th>
              <th>State</th>
              <th>Version</th>
              {hasPorts && <th class="right">Port</th>}
              <th class="right">Up</th>
              <th class="right">Memory</th>
              <th class="right">CPU</th>
              <th class="right">Restarts</th>
              {hasNodes && <th>Node</th>}
              {parts.mayDeploy && (
                <th>
                  <span class="off-screen">Actions</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {app.instances.map((each) => (
              <Row key={each.instance} {...parts} instance={each} hasPorts={hasPorts} hasNodes={hasNodes} />
            ))}
          </tbody>
        </table>
      </div>
    </Section>
  );
}

function Row({
  app,
  dialogs,
  mayDeploy,
  instance: each,
  hasPorts,
  hasNodes,
}: Parts & { instance: Instance; hasPorts: boolean; hasNodes: boolean }) {
  const { status, now, feed } = useSlipway();
  const state = feed.state.value;
  // What is not known does not grow.
  const nowMs = state.is === 'down' ? state.since : now.value;
  const unit = each.instance.slice(each.instance.indexOf('/') + 1);
  const { crash, forced } = each.restarts;
  const upMs = each.uptime_s === null ? null : each.uptime_s * 1000 + Math.max(0, nowMs - status.at.value);
  return (
    <tr>
      <td class="nowrap">
        <a href={`/apps/${encodeURIComponent(app.app)}/instances/${encodeURIComponent(unit)}`}>
          {each.instance}
        </a>
      </td>
      <td data-name="State" class="broad">
        <div class="instance-state">
          <State state={each.state} />
          <Why instance={each} />
          <Successor instance={each} />
        </div>
      </td>
      <td data-name="Version">
        <span>
          <Version version={each.version} />{' '}
          {each.deployment_kind === 'hot' && <span class="badge">hot</span>}
        </span>
      </td>
      {hasPorts && (
        <td class="right number" data-name="Port">
          {each.port ?? '–'}
        </td>
      )}
      <td class="right number nowrap" data-name="Up">
        {upMs === null ? '–' : wholeSeconds(upMs)}
      </td>
      <td class="right" data-name="Memory">
        <Size bytes={each.memory_bytes} />
      </td>
      <td class="right number" data-name="CPU">
        {each.cpu_percent === null ? '–' : `${each.cpu_percent.toFixed(1)}%`}
      </td>
      <td class="right number nowrap" data-name="Restarts">
        <span>
          <span
            class={crash > 0 ? 'tone-bad' : 'muted'}
            title={`${crash} after a crash, ${forced} asked for`}
          >
            {crash} crashed
          </span>
          {forced > 0 && <span class="muted"> · {forced} forced</span>}
        </span>
      </td>
      {hasNodes && (
        <td data-name="Node" class="broad">
          {each.otp === null ? '' : <Node otp={each.otp} />}
        </td>
      )}
      {mayDeploy && (
        <td class="actions">
          <Menu
            label={`Actions of ${each.instance}`}
            items={[
              { text: 'Restart…', run: () => dialogs.show({ is: 'restart', instance: unit }) },
              each.state === 'stopped'
                ? { text: 'Start…', run: () => dialogs.show({ is: 'start', instance: unit }) }
                : { text: 'Stop…', run: () => dialogs.show({ is: 'stop', instance: unit }), danger: true },
            ]}
          />
        </td>
      )}
    </tr>
  );
}

/** The process that is to take its place. */
function Successor({ instance: { successor } }: { instance: Instance }) {
  if (!successor) return null;
  return (
    <div class="muted small why">
      Its successor, <Version version={successor.version} />, is {stateWord(successor.state)}
      {successor.port !== null && ` on port ${successor.port}`}
    </div>
  );
}

/** Why it is as it is, and how its last run ended: what is well needs no words. */
function Why({ instance: { state, reason, last_exit, oom_kills } }: { instance: Instance }) {
  // What a person asked for is no news of an instance that is well.
  const exit = state === 'ready' && last_exit?.reason.startsWith('stopped') ? null : last_exit;
  if (state === 'ready' && exit === null && oom_kills === 0) return null;
  return (
    <div class="muted small why">
      {state !== 'ready' && <div>{sentence(reason)}</div>}
      {exit !== null && exit.reason !== reason && (
        <div>
          Last exit <Ago at={exit.at} />: {exit.reason}
        </div>
      )}
      {oom_kills > 0 && (
        <div class="tone-bad">{oom_kills === 1 ? 'once' : `${oom_kills} times`} out of memory</div>
      )}
    </div>
  );
}

function Node({ otp: { node, connected, tls, reason } }: { otp: NonNullable<Instance['otp']> }) {
  const text = connected ? (tls ? 'connected, TLS' : 'connected') : (reason ?? stateWord('not_connected'));
  return (
    <span class="node">
      <span class="mono">{node}</span>
      <span class={connected ? 'muted small' : 'tone-bad small'}>{text}</span>
    </span>
  );
}
