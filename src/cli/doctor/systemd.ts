import { type Check, fail, ok, outputOf } from './check.ts';

/** The unit's settings under which the apps outlive the agent, and see the host as it is. */
const WANTED: { property: string; value: string; why: string }[] = [
  { property: 'KillMode', value: 'process', why: 'systemd would end the apps together with the agent' },
  {
    property: 'OOMPolicy',
    value: 'continue',
    why: 'an app that runs out of memory would take all others with it',
  },
  { property: 'PrivateTmp', value: 'no', why: 'the apps would get a /tmp of their own' },
];

const MEND = 'systemctl edit slipway';

/** Nothing where there is no systemd, or no unit of ours. */
export async function checkUnit(): Promise<Check[]> {
  const names = ['LoadState', ...WANTED.map(({ property }) => property)];
  const shown = await outputOf('systemctl', ['show', 'slipway.service', `--property=${names.join(',')}`]);
  const found = new Map(shown?.split('\n').map((line) => line.split('=', 2) as [string, string]));
  if (found.get('LoadState') !== 'loaded') return [];
  const wrong = WANTED.filter(({ property, value }) => found.get(property) !== value);
  if (wrong.length === 0) return [ok('unit', 'slipway.service')];
  return wrong.map(({ property, value, why }) =>
    fail(
      'unit',
      `slipway.service has ${property}=${found.get(property)}: ${why}; set ${property}=${value}`,
      MEND,
    ),
  );
}
