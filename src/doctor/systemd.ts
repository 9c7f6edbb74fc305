import { type Check, fail, ok, outputOf, warn } from './check.ts';

/** What systemd says of a unit: property to value. */
export type Properties = ReadonlyMap<string, string>;

/** A unit with control groups below it starts again since then: DelegateSubgroup of systemd.resource-control(5). */
const DELEGATE_SUBGROUP_SINCE = 254;
const MEND = 'systemctl edit slipway';

/** A filter that denies nothing. */
const EMPTY_DENIAL = '~';

interface Wanted {
  property: string;
  value: string;
  /** What comes of any other value. */
  why: string;
}

/** Under these the apps outlive the agent, and the agent comes back. */
const LIFE: Wanted[] = [
  {
    property: 'KillMode',
    value: 'process',
    why: 'systemd would end apps of an older version, and tools at work, together with the agent',
  },
  {
    property: 'OOMPolicy',
    value: 'continue',
    why: 'a tool that runs out of memory would take the agent with it',
  },
  { property: 'Restart', value: 'always', why: 'an agent that ends would not come back' },
];

const OTHER_HOST = 'the apps would see another host than the one that they are deployed on';

/** Hardening of the agent's unit is inherited by everything that the agent starts. */
const INHERITED: Wanted[] = [
  { property: 'PrivateTmp', value: 'no', why: 'the apps would get a /tmp of their own' },
  { property: 'PrivateDevices', value: 'no', why: OTHER_HOST },
  { property: 'PrivateNetwork', value: 'no', why: 'the apps would have no network' },
  { property: 'PrivateUsers', value: 'no', why: 'the agent could not start apps as their users' },
  { property: 'ProtectSystem', value: 'no', why: OTHER_HOST },
  { property: 'ProtectHome', value: 'no', why: OTHER_HOST },
  { property: 'ProtectControlGroups', value: 'no', why: 'the agent could make no control groups' },
  { property: 'NoNewPrivileges', value: 'no', why: 'su and sudo of the apps would do nothing' },
  {
    property: 'RestrictSUIDSGID',
    value: 'no',
    why: 'modes that a deployment gives to files would be refused',
  },
  {
    property: 'MemoryDenyWriteExecute',
    value: 'no',
    why: 'Node and Erlang, which compile while they run, would not start',
  },
  { property: 'SystemCallFilter', value: '', why: 'the apps would be refused what the filter leaves out' },
];

const SHOWN = ['LoadState', 'Slice', 'Delegate', ...[...LIFE, ...INHERITED].map(({ property }) => property)];

/** Nothing where there is no systemd, or no unit of ours. */
export async function checkUnit(): Promise<Check[]> {
  const [unit, host] = await Promise.all([
    propertiesOf('slipway.service', SHOWN),
    outputOf('systemctl', ['--version']),
  ]);
  return judgeUnit(unit, Number.parseInt(host?.split(' ')[1] ?? '', 10));
}

/** Judges `slipway.service` on a host with that version of systemd. */
export function judgeUnit(unit: Properties, systemdVersion: number): Check[] {
  if (unit.get('LoadState') !== 'loaded') return [];
  const wrong = [
    ...[...LIFE, ...INHERITED]
      // What this systemd does not know it does not do.
      .filter(({ property }) => unit.has(property))
      .filter(({ property, value }) => ![value, value || EMPTY_DENIAL].includes(unit.get(property) ?? ''))
      .map((each) => fail('unit', describe(unit, each), MEND)),
    ...judgeDelegation(unit, systemdVersion),
    ...judgeSlice(unit),
  ];
  return wrong.length === 0 ? [ok('unit', 'slipway.service')] : wrong;
}

function judgeDelegation(unit: Properties, systemdVersion: number): Check[] {
  if (unit.get('Delegate') !== 'yes' || systemdVersion >= DELEGATE_SUBGROUP_SINCE) return [];
  const why = `once there are control groups below it, systemd ${systemdVersion} does not start it again (219/CGROUP)`;
  return [fail('unit', describe(unit, { property: 'Delegate', value: 'no', why }), MEND)];
}

function judgeSlice(unit: Properties): Check[] {
  const wanted = { property: 'Slice', value: 'slipway.slice' };
  if (unit.get('Slice') === wanted.value) return [];
  const why = 'what Slipway and its apps use together is not told apart from the rest of the host';
  return [warn('unit', describe(unit, { ...wanted, why }), MEND)];
}

function describe(unit: Properties, { property, value, why }: Wanted): string {
  return `slipway.service has ${property}=${unit.get(property)}: ${why}; set ${property}=${value}`;
}

/** Empty where there is no systemd. */
export async function propertiesOf(unit: string, names: readonly string[]): Promise<Properties> {
  const shown = await outputOf('systemctl', ['show', unit, `--property=${names.join(',')}`]);
  const lines = shown?.split('\n').filter((line) => line.includes('=')) ?? [];
  return new Map(lines.map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]));
}
