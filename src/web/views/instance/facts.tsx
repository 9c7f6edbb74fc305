import type { ComponentChildren } from 'preact';
import type { Instance } from '../../../api/pages/index.ts';
import { formatSize, stateWord, wholeSeconds } from '../../../wording/index.ts';
import { Ago, Copy, Version } from '../../components/index.ts';
import { useSlipway } from '../../context/index.ts';

export function Facts({ instance }: { instance: Instance }) {
  const { status, now } = useSlipway();
  const { version, deployment_kind, port, pid, uptime_s, memory_bytes, restarts, oom_kills } = instance;
  const { last_exit, last_deployment, versions, otp } = instance;
  const upMs = uptime_s === null ? null : uptime_s * 1000 + Math.max(0, now.value - status.at.value);
  return (
    <div class="panel padded live instance-facts">
      <dl class="facts">
        <Fact name="Version">
          <Version version={version} />{' '}
          {deployment_kind === 'hot' && <span class="badge">upgraded while it ran</span>}
        </Fact>
        <Fact name="Up">{upMs === null ? 'it does not run' : wholeSeconds(upMs)}</Fact>
        <Fact name="Process">{pid === null ? '–' : `pid ${pid}`}</Fact>
        {port !== null && <Fact name="Port">{port}</Fact>}
        <Fact name="Memory">{memory_bytes === null ? '–' : formatSize(memory_bytes)}</Fact>
        <Fact name="Restarts">
          <span class={restarts.crash > 0 ? 'tone-bad' : ''}>{restarts.crash} after a crash</span>,{' '}
          {restarts.forced} asked for
        </Fact>
      </dl>
      <dl class="facts">
        {oom_kills > 0 && (
          <Fact name="Out of memory">
            <span class="tone-bad">
              {oom_kills === 1 ? 'once' : `${oom_kills} times`} killed by the kernel
            </span>
          </Fact>
        )}
        <Fact name="Last exit">
          {last_exit === null ? (
            'none that is known'
          ) : (
            <>
              <Ago at={last_exit.at} />: {last_exit.reason}
            </>
          )}
        </Fact>
        <Fact name="Last deployment">
          {last_deployment === null ? (
            '–'
          ) : (
            <a href={`/deployments/${last_deployment.id}`}>
              Deployment {last_deployment.id}, {stateWord(last_deployment.state)}
            </a>
          )}
        </Fact>
        {otp !== null && (
          <Fact name="Node">
            <span class="mono">{otp.node}</span> <Copy text={otp.node} what="the node's name" />
            <span class={otp.connected ? 'muted' : 'tone-bad'}>
              {otp.connected
                ? otp.tls
                  ? 'connected by mutual TLS'
                  : 'connected'
                : (otp.reason ?? 'not connected')}
            </span>
          </Fact>
        )}
        {versions.length > 1 && (
          <Fact name="Has run">
            <ul>
              {versions.slice(0, 6).map((each) => (
                <li key={`${each.version} ${each.since}`}>
                  <Version version={each.version} />{' '}
                  <span class="muted small">
                    <Ago at={each.since} />
                  </span>
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </dl>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </>
  );
}
