// External Term Format, sections SMALL_TUPLE_EXT and LARGE_TUPLE_EXT.
import type { Term } from './term.ts';

export class Tuple {
  declare readonly elements: readonly Term[];

  constructor(elements: readonly Term[]) {
    this.elements = elements;
  }
}

export function tuple(...elements: Term[]): Tuple {
  return new Tuple(elements);
}
