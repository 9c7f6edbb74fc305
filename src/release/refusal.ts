/** Why an archive is refused, in the worker's own terms; `unpack` makes an `archive_refused` error of it. */
export class Refusal extends Error {
  constructor(why: string, entry: string | null = null) {
    super(entry === null ? why : `entry ${quote(entry)} ${why}`);
    this.name = 'Refusal';
  }
}

const SHOWN_CHARACTERS = 200;

/** A name out of an archive, safe to print: a hostile one may hold terminal sequences or be a megabyte long. */
export function quote(name: string): string {
  const shown = name.length > SHOWN_CHARACTERS ? `${name.slice(0, SHOWN_CHARACTERS)}...` : name;
  return JSON.stringify(shown).replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) => {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
  });
}
