// Erlang/OTP documentation, External Term Format, sections NEW_PID_EXT and NEWER_REFERENCE_EXT; Distribution Protocol,
// section "Distribution Handshake" on creations.
import { randomInt } from 'node:crypto';
import { type Atom, atom, Pid, Reference } from './term/index.ts';

/** Tells this process's pids and references from those of an earlier one of the same name; 0 to 3 were those of old nodes. */
const CREATION = randomInt(4, 2 ** 32);
const PID_ID_BITS = 15;
/** Only these bits of a reference's first word are significant. */
const REFERENCE_WORD_BITS = 18;

// They count for the whole process: two nodes of one name, one after the other, never give out the same pid or
// reference.
let pids = 0;
let references = 0;

/** Our side of a connection: a hidden node, which no peer lists in `nodes()` or tells others about. */
export class LocalNode {
  /** `name@host` */
  readonly name: string;
  readonly creation = CREATION;
  private readonly atom: Atom;

  constructor(name: string) {
    this.name = name;
    this.atom = atom(name);
  }

  newPid(): Pid {
    pids += 1;
    return new Pid(this.atom, pids & (2 ** PID_ID_BITS - 1), Math.floor(pids / 2 ** PID_ID_BITS), CREATION);
  }

  newReference(): Reference {
    references += 1;
    const low = references & (2 ** REFERENCE_WORD_BITS - 1);
    return new Reference(this.atom, CREATION, [low, Math.floor(references / 2 ** REFERENCE_WORD_BITS), 0]);
  }

  /** A number for one of our pids, as a key; null for one of another node or an earlier process. */
  keyOfPid({ node, creation, id, serial }: Pid): number | null {
    return this.isOurs(node, creation) ? serial * 2 ** PID_ID_BITS + id : null;
  }

  /** A number for one of our references, as a key; null for one of another node or an earlier process. */
  keyOfReference({ node, creation, ids }: Reference): number | null {
    if (!this.isOurs(node, creation)) return null;
    const [low = 0, high = 0] = ids;
    return high * 2 ** REFERENCE_WORD_BITS + low;
  }

  private isOurs(node: Atom, creation: number): boolean {
    return node === this.atom && creation === CREATION;
  }
}
