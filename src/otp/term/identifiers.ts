// External Term Format, sections NEW_PID_EXT, V4_PORT_EXT, NEWER_REFERENCE_EXT and those that they superseded.
import type { Atom } from './atom.ts';

export class Pid {
  declare readonly node: Atom;
  declare readonly id: number;
  declare readonly serial: number;
  declare readonly creation: number;

  constructor(node: Atom, id: number, serial: number, creation: number) {
    this.node = node;
    this.id = id;
    this.serial = serial;
    this.creation = creation;
  }
}

export class Port {
  declare readonly node: Atom;
  /** 64 bits: a bigint where it is above 2^53 - 1. */
  declare readonly id: number | bigint;
  declare readonly creation: number;

  constructor(node: Atom, id: number | bigint, creation: number) {
    this.node = node;
    this.id = id;
    this.creation = creation;
  }
}

export class Reference {
  declare readonly node: Atom;
  declare readonly creation: number;
  /** One to five words of 32 bits. */
  declare readonly ids: readonly number[];

  constructor(node: Atom, creation: number, ids: readonly number[]) {
    this.node = node;
    this.creation = creation;
    this.ids = ids;
  }
}
