import { SlipwayError } from '../kernel/index.ts';

/** Names with their new values, and names to take away. */
export interface VariableChange {
  set: Readonly<Record<string, string>>;
  unset: readonly string[];
}

/** @throws SlipwayError `secret_invalid` where a name is none of a variable, or is both set and unset */
export function checkNames({ set, unset }: VariableChange): void {
  for (const name of [...Object.keys(set), ...unset])
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,254}$/.test(name))
      throw new SlipwayError('secret_invalid', {
        message: `${JSON.stringify(name.slice(0, 60))} is no name of a variable: letters, digits and _, no digit first`,
        hint: 'nothing was changed',
      });
  const both = unset.find((name) => Object.hasOwn(set, name));
  if (both !== undefined)
    throw new SlipwayError('secret_invalid', {
      message: `${both} is to be set and to be unset at once`,
      hint: 'nothing was changed',
    });
}
