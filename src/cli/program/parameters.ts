import { Argument, Option } from 'commander';
import { duration, target, wholeNumber } from '../parse.ts';

/* What several verbs take. Completion knows what to offer by the names of the arguments. */

export const app = (about = 'id of an app, or its name') => new Argument('<app>', about);
export const instance = () =>
  new Argument('<app[/i]>', 'an app, an instance (shop/2), or a worker (shop/queue, shop/queue.1)').argParser(
    target,
  );
export const deployment = () => new Argument('<id>', 'id of a deployment').argParser(wholeNumber);
export const versionArgument = () => new Argument('<version>', 'a version');

export function option(
  flags: string,
  about: string,
  parse?: (text: string, former: unknown) => unknown,
): Option {
  const made = new Option(flags, about);
  return parse ? made.argParser(parse) : made;
}

export const detach = () => option('--detach', 'do not wait for the end');
export const timeout = () =>
  option('--timeout <duration>', 'stop following after this time; the deployment goes on', duration);
