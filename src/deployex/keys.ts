import { nearest, SlipwayError } from '../kernel/index.ts';
import type { LeftOut } from './found.ts';

/**
 * The keys of one mapping that another tool's file has. Each is taken once; those that nobody took are told by `rest`, so
 * none is dropped in silence. A value of another kind than the tool itself takes is an error `import_refused`.
 */
export class Keys {
  private readonly values: Map<string, unknown>;
  private readonly place: string;
  private readonly file: string;
  private readonly known = new Set<string>();
  readonly leftOut: LeftOut[];

  constructor(value: unknown, at: { file: string; place: string; leftOut: LeftOut[] }) {
    this.file = at.file;
    this.place = at.place;
    this.leftOut = at.leftOut;
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      throw this.wrong('', 'a mapping of keys to values');
    this.values = new Map(Object.entries(value));
  }

  text(key: string): string | null {
    const value = this.take(key);
    if (value === null) return null;
    if (typeof value === 'object') throw this.wrong(key, 'text');
    return String(value).trim() || null;
  }

  /** Numbers are often written in quotes. */
  wholeNumber(key: string): number | null {
    const text = this.text(key);
    if (text === null) return null;
    if (!/^\d{1,15}$/.test(text)) throw this.wrong(key, 'a whole number');
    return Number(text);
  }

  choice<const Word extends string>(key: string, words: readonly Word[]): Word | null {
    const text = this.text(key);
    const found = words.find((word) => word === text);
    if (text !== null && found === undefined) throw this.wrong(key, `one of ${words.join(', ')}`);
    return found ?? null;
  }

  list(key: string): Keys[] {
    const value = this.take(key);
    if (value === null) return [];
    if (!Array.isArray(value)) throw this.wrong(key, 'a list');
    return value.map((item, index) => this.below(`${key}[${index}]`, item));
  }

  mapping(key: string): Keys | null {
    const value = this.take(key);
    return value === null ? null : this.below(key, value);
  }

  /** The names of what is there and was not taken. */
  names(): string[] {
    return [...this.values.keys()];
  }

  /** Takes keys that nothing can be made of. */
  leave(why: string, ...keys: string[]): void {
    for (const key of keys) if (this.take(key) !== null) this.tell(key, why);
  }

  tell(key: string, why: string): void {
    this.leftOut.push({ key: `${this.place}${key}`, why });
  }

  /** Tells of every key that was not taken. */
  rest(): void {
    for (const key of this.values.keys()) {
      const near = nearest(key, [...this.known]);
      this.tell(key, `this key is not known${near === null ? '' : ` (did you mean "${near}"?)`}`);
    }
  }

  private take(key: string): unknown {
    this.known.add(key);
    const value = this.values.get(key) ?? null;
    this.values.delete(key);
    return value;
  }

  private below(key: string, value: unknown): Keys {
    return new Keys(value, {
      file: this.file,
      place: `${this.place}${key}.`,
      leftOut: this.leftOut,
    });
  }

  private wrong(key: string, what: string): SlipwayError {
    const name = `${this.place}${key}`.replace(/\.$/, '');
    return new SlipwayError('import_refused', {
      message: `${this.file}: ${name === '' ? 'it' : name} must be ${what}`,
      hint: 'nothing was written',
    });
  }
}
