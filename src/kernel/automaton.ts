/** Where something stands in a text. */
export type Span = readonly [start: number, end: number];

/** Where reading begins. */
export const ROOT = 0;

/**
 * Finds all of many words in one pass over a text (A. V. Aho, M. J. Corasick: Efficient String Matching, 1975): the number of
 * steps is linear in the text, however many the words are and however they overlap. Its trie has each chain of characters in
 * consecutive nodes, and so takes 15 bytes for one.
 */
export class Automaton {
  /** Steps taken so far: at most two for each character. */
  steps = 0;
  private readonly characters: Uint16Array;
  /** The longest end of what a node stands for that is the beginning of another word. */
  private readonly fallback: Int32Array;
  private readonly depths: Int32Array;
  /** Length of the longest word that ends at a node; 0 for none. */
  private readonly found: Int32Array;
  /** Whether the next node goes on from this one. */
  private readonly isChained: Uint8Array;
  /** All other edges. */
  private readonly branches = new Map<number, number>();
  private readonly beginnings = new Uint8Array(0x10000);
  private nodes = 1;

  constructor(words: readonly string[]) {
    const size = words.reduce((sum, { length }) => sum + length, 1);
    this.characters = new Uint16Array(size);
    this.fallback = new Int32Array(size);
    this.depths = new Int32Array(size);
    this.found = new Int32Array(size);
    this.isChained = new Uint8Array(size);
    for (const word of words) this.add(word);
    this.link();
  }

  /** Reads on from a state and gives the next one. `found(start, end)` is called in the order of the ends, for the longest word of each; a start before the text is negative. */
  read(text: string, state: number, found: (start: number, end: number) => void): number {
    let node = state;
    let steps = 0;
    for (let at = 0; at < text.length; at++) {
      const character = text.charCodeAt(at);
      steps++;
      if (node === ROOT && this.beginnings[character] === 0) continue;
      let next = this.child(node, character);
      while (next === ROOT && node !== ROOT) {
        steps++;
        node = this.fallback[node] as number;
        next = this.child(node, character);
      }
      node = next;
      const length = this.found[node] as number;
      if (length > 0) found(at + 1 - length, at + 1);
    }
    this.steps += steps;
    return node;
  }

  /** How many of the last characters may be the beginning of a word. */
  depth(state: number): number {
    return this.depths[state] as number;
  }

  private add(word: string): void {
    let node = ROOT;
    for (let at = 0; at < word.length; at++) {
      const character = word.charCodeAt(at);
      const next = this.child(node, character);
      node = next === ROOT ? this.append(node, character) : next;
    }
    if (node !== ROOT) this.found[node] = word.length;
  }

  private append(parent: number, character: number): number {
    const node = this.nodes++;
    this.characters[node] = character;
    this.depths[node] = this.depth(parent) + 1;
    if (parent === ROOT) this.beginnings[character] = 1;
    if (parent === node - 1) this.isChained[parent] = 1;
    else this.branches.set(parent * 0x10000 + character, node);
    return node;
  }

  /** `ROOT` where there is none. */
  private child(node: number, character: number): number {
    if (this.isChained[node] === 1 && this.characters[node + 1] === character) return node + 1;
    return this.branches.get(node * 0x10000 + character) ?? ROOT;
  }

  private link(): void {
    const parents = new Int32Array(this.nodes);
    for (let node = 0; node < this.nodes; node++) if (this.isChained[node] === 1) parents[node + 1] = node;
    for (const [edge, node] of this.branches) parents[node] = Math.floor(edge / 0x10000);
    for (const node of this.levels()) {
      const character = this.characters[node] as number;
      let from = parents[node] as number;
      let target = ROOT;
      while (from !== ROOT && target === ROOT) {
        from = this.fallback[from] as number;
        target = this.child(from, character);
      }
      this.fallback[node] = target;
      if (this.found[node] === 0) this.found[node] = this.found[target] as number;
    }
  }

  /** All nodes but the root, those near to it first: what a node falls back to is nearer than itself. */
  private levels(): Int32Array {
    const places = new Int32Array(this.nodes + 1);
    const count = (depth: number) => places[depth] as number;
    for (let node = 1; node < this.nodes; node++) places[this.depth(node)] = count(this.depth(node)) + 1;
    for (let depth = 1; depth < places.length; depth++) places[depth] = count(depth) + count(depth - 1);
    const order = new Int32Array(this.nodes - 1);
    for (let node = this.nodes - 1; node > 0; node--) {
      const place = count(this.depth(node)) - 1;
      places[this.depth(node)] = place;
      order[place] = node;
    }
    return order;
  }
}
