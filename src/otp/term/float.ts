// External Term Format, sections NEW_FLOAT_EXT and FLOAT_EXT.
import { unencodable } from './malformed.ts';

/** A float: 1.0, where `1` is the integer. Never infinite and never not a number: Erlang has no such floats. */
export class Float {
  declare readonly value: number;

  constructor(value: number) {
    if (!Number.isFinite(value)) throw unencodable(`a float of ${value}`);
    this.value = value;
  }
}
