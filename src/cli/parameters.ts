import { Argument, Option } from 'commander';
import { duration, target, wholeNumber } from './parse.ts';

/* What several verbs take. */

export const app = (term: string, about = 'id of an app, or its name') => new Argument(term, about);
export const instance = (term: string, about: string) => new Argument(term, about).argParser(target);
export const deployment = () => new Argument('<id>', 'id of a deployment').argParser(wholeNumber);
export const versionArgument = () => new Argument('<version>', 'a version');
export const timeout = () =>
  new Option('--timeout <duration>', 'stop following after this time; the deployment goes on').argParser(
    duration,
  );
