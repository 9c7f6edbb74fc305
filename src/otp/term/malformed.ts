import { SlipwayError } from '../../kernel/index.ts';

/** A term that cannot be, with the byte at which that was seen. */
export function malformed(what: string, byteOffset: number): SlipwayError {
  return new SlipwayError('term_malformed', {
    message: `The Erlang term is malformed at byte ${byteOffset}: ${what}`,
  });
}

/** A JavaScript value that stands for no Erlang term. */
export function unencodable(what: string): SlipwayError {
  return new SlipwayError('term_malformed', { message: `This is no Erlang term: ${what}` });
}
