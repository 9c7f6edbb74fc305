// External Term Format, sections NEW_FUN_EXT and EXPORT_EXT.
import type { Atom } from './atom.ts';

/** A fun with its environment. It means something to the node that made it alone, and goes back there unchanged. */
export class Fun {
  /** The whole external form, from the tag on. */
  declare readonly bytes: Uint8Array;
  declare readonly module: Atom;
  declare readonly index: number;
  declare readonly uniq: number;

  constructor(bytes: Uint8Array, name: { module: Atom; index: number; uniq: number }) {
    this.bytes = bytes;
    this.module = name.module;
    this.index = name.index;
    this.uniq = name.uniq;
  }
}

/** `fun module:function/arity`. */
export class ExternalFun {
  declare readonly module: Atom;
  declare readonly function: Atom;
  declare readonly arity: number;

  constructor(module: Atom, functionName: Atom, arity: number) {
    this.module = module;
    this.function = functionName;
    this.arity = arity;
  }
}
