import type { Secret } from '../../api/index.ts';
import { variableLine } from '../../kernel/index.ts';
import { ago } from '../../wording/index.ts';
import { type Channel, type Colors, plain } from '../output/index.ts';
import { table } from './table.ts';

/** Shows variables in the form of .env; null stands for a value that is not shown. */
export function envView(
  variables: { name: string; value: string | null }[],
  { app, channel }: { app: string; channel: Pick<Channel, 'colors' | 'live'> },
): string {
  if (variables.length === 0)
    return `The .env of ${app} has no variables yet.\n  slipway env ${app} set NAME=VALUE`;
  const { colors, live } = channel;
  return variables
    .map(({ name, value }) => {
      if (value === null) return `${name}=${colors.dim('(hidden)')}`;
      const shown = live ? value.split('\n').map(plain).join('\n') : value;
      return variableLine(name, shown) ?? `${name}=${quoted(shown)}`;
    })
    .join('\n');
}

export function secretsView(
  secrets: Secret[],
  { app, colors, now }: { app: string; colors: Colors; now: number },
): string {
  if (secrets.length === 0) return `${app} has no secrets.\n  slipway secret ${app} set NAME`;
  return table({
    head: ['NAME', 'SET'],
    colors,
    right: [],
    rows: secrets.map(({ name, set_at }) => [name, ago(set_at, now)]),
  });
}

/** What a shell and PHP would not read is quoted so that `util.parseEnv` does: within single quotes and backquotes nothing is special. */
function quoted(value: string): string {
  const quote = ["'", '`', '"'].find((each) => !value.includes(each)) ?? '"';
  return `${quote}${value}${quote}`;
}
