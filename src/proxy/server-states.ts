import { backendOf, type ProxyApp, type Slot, type SlotState, serverOf } from './description.ts';

/** By `<backend>/<slot>`; one that is not in it is in maintenance. */
export type SlotStates = ReadonlyMap<string, SlotState>;

const COLUMNS =
  'be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';

/** Of `srv_admin_state`: maintenance by somebody's word, and by the configuration. */
const [FORCED, CONFIGURED] = [1, 4];
/** Of the same: in no round, by somebody's word. */
const DRAINED = 8;
const [STOPPED, RUNNING] = [0, 2];

/**
 * What HAProxy takes the states of its servers from when it starts, a reload included (version 1 of its format). Written from
 * what slots are to be and not from what it says they are: so it is right when HAProxy dies, and has the ports of today.
 */
export function stateFile(apps: readonly ProxyApp[], states: SlotStates): string {
  const lines = apps.flatMap((app) =>
    app.slots.map((slot, index) =>
      line({ app, slot, id: index + 1, state: states.get(serverOf(app.id, slot.name)) ?? 'maintenance' }),
    ),
  );
  return ['1', `# ${COLUMNS}`, ...lines, ''].join('\n');
}

function line({ app, slot, id, state }: { app: ProxyApp; slot: Slot; id: number; state: SlotState }): string {
  const isUp = state !== 'maintenance';
  const [operational, forced] = isUp ? [RUNNING, state === 'trial' ? DRAINED : 0] : [STOPPED, FORCED];
  const admin = forced + CONFIGURED;
  const check = isUp ? '1 0 2 6' : '1 0 0 14';
  // Found by its name; numbers of backends change with each app that is added.
  return `0 ${backendOf(app.id)} ${id} ${slot.name} ${slot.host} ${operational} ${admin} 100 100 0 ${check} 0 0 0 - ${slot.port} - 0 0 - - 0`;
}

/** What `show servers state` tells, by `<backend>/<slot>`. */
export function parseServerStates(text: string): Map<string, SlotState> {
  const found = new Map<string, SlotState>();
  const [, header = '', ...lines] = text.split('\n');
  const columns = header.replace(/^# /, '').split(' ');
  const [backend, name, admin] = ['be_name', 'srv_name', 'srv_admin_state'].map((each) =>
    columns.indexOf(each),
  );
  for (const each of lines) {
    const values = each.split(' ');
    if (values.length < columns.length) continue;
    const flags = Number(values[admin ?? -1]);
    const state = (flags & FORCED) !== 0 ? 'maintenance' : (flags & DRAINED) !== 0 ? 'trial' : 'ready';
    found.set(`${values[backend ?? -1]}/${values[name ?? -1]}`, state);
  }
  return found;
}
