import { type Instances, type NodeStatus, noNode } from '../app/index.ts';
import { messageOf, SlipwayError } from '../kernel/index.ts';
import { atom, type Connection } from '../otp/index.ts';
import { commandLine, type Run, slotOf } from '../supervisor/index.ts';
import { BeamLink, type Target } from './beam-link.ts';
import { hasCopies, type ServiceContext } from './context.ts';
import { environmentOf } from './launch.ts';
import { nodeName } from './node-name.ts';

const CONNECT_TIMEOUT_MS = 10_000;
const NEVER = new AbortController().signal;

/** The connections to the VMs of a service's instances, and of those to each other. */
export class BeamLinks {
  private readonly context: ServiceContext;
  private readonly links = new Map<string, BeamLink>();
  private instances: Instances | null = null;
  private detached = false;

  constructor(context: ServiceContext) {
    this.context = context;
  }

  /** Connects to every run that these come to have. */
  follow(instances: Instances): void {
    this.instances = instances;
    instances.transitioned.on(({ unit, before, after }) => {
      const { phase } = after;
      if (phase.name !== 'starting' && phase.name !== 'ready' && phase.name !== 'unready')
        return this.drop(unit);
      const link = this.linkTo(phase.run);
      if (phase.name === 'ready' && before.phase.name !== 'ready') link?.retryNow();
    });
  }

  /** The link to the run that the unit has now; null where that is no VM. */
  of(unit: string): BeamLink | null {
    return this.links.get(unit) ?? null;
  }

  /** @throws SlipwayError `usage` where it is no VM; `otp_unreachable`, `otp_cookie` where it is not connected */
  async connection(unit: string): Promise<Connection> {
    const label = `${this.context.id}/${unit}`;
    if (!hasCopies(this.context.configuration)) throw noNode(label);
    const link = this.of(unit);
    if (link) return await link.connected({ timeoutMs: CONNECT_TIMEOUT_MS, signal: NEVER });
    throw new SlipwayError('otp_unreachable', {
      message: `${label} does not run`,
      next: `slipway status ${this.context.id}`,
    });
  }

  status(unit: string): NodeStatus | null {
    if (!hasCopies(this.context.configuration)) return null;
    const link = this.of(unit);
    if (link) return link.status;
    return { node: this.nameOf(unit, []), connected: false, tls: false, reason: 'it does not run' };
  }

  detach(): void {
    this.detached = true;
    for (const unit of [...this.links.keys()]) this.drop(unit);
  }

  private linkTo(run: Run): BeamLink | null {
    const { unit } = run;
    const known = this.of(unit);
    if (known?.run === run.id) return known;
    this.drop(unit);
    if (this.detached || !hasCopies(this.context.configuration)) return null;
    const link = new BeamLink({
      run: run.id,
      peer: this.nameOf(slotOf(run), []),
      clock: this.context.clock,
      target: () => this.target(run),
    });
    let wasConnected = false;
    link.connectedOrLost.on(() => {
      const isConnected = link.open !== null;
      // One that was dropped has nothing to say any more.
      if (isConnected === wasConnected || this.of(unit) !== link) return;
      wasConnected = isConnected;
      this.report(unit, link);
      if (link.open) this.introduce(unit, link.open);
    });
    this.links.set(unit, link);
    link.retryNow();
    return link;
  }

  private drop(unit: string): void {
    const link = this.of(unit);
    this.links.delete(unit);
    link?.close();
  }

  /** What of it may change with the configuration is looked up for each attempt. */
  private async target(run: Run): Promise<Target> {
    const { otp } = this.context.configuration;
    const env = environmentOf(this.context, await this.context.account(), Number(run.unit), run.spare);
    // It is the release's own scripts before it is the VM.
    const peer = this.nameOf(slotOf(run), commandLine(run.pid) ?? []);
    const port = Number(env.ERL_EPMD_PORT);
    return {
      peer,
      local: `slipway-${process.pid}@${peer.slice(peer.indexOf('@') + 1)}`,
      cookie: env.RELEASE_COOKIE ?? '',
      tls: otp.tls,
      ...(port > 0 ? { epmdPort: port } : {}),
    };
  }

  private nameOf(slot: string, argv: readonly string[]): string {
    return nodeName({ argv, alive: `${this.context.configuration.otp.names.node}-${slot}` });
  }

  /** Connects an instance to the others of its app. */
  private introduce(unit: string, connection: Connection): void {
    if (!this.context.configuration.otp.connectInstances) return;
    for (const [other, { open }] of this.links)
      if (other !== unit && open)
        connection
          .rpc('net_kernel', 'connect_node', [atom(open.peer)], { timeoutMs: CONNECT_TIMEOUT_MS })
          .catch((error: unknown) =>
            this.log(unit, `could not be connected to ${open.peer}: ${messageOf(error)}`),
          );
  }

  private report(unit: string, { status }: BeamLink): void {
    // Everybody knows why one is lost that is stopped.
    if (this.detached || this.instances?.get(unit)?.stateName === 'stopping') return;
    this.log(
      unit,
      status.connected
        ? `is connected as ${status.node}${status.tls ? ', by mutual TLS' : ''}`
        : `is not connected any more: ${status.reason}`,
    );
  }

  private log(unit: string, message: string): void {
    const news = { unit, type: 'instance.node', message: `${this.context.id}/${unit} ${message}` };
    this.context.log(news);
  }
}
