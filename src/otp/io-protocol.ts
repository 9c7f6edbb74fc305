// stdlib, The Erlang I/O Protocol: requests to an I/O server and what it answers. Ours takes output, and has no input.
import { textOfChardata } from './chardata.ts';
import { Atom, atom, Pid, type Term, Tuple, tuple } from './term/index.ts';

const IO_REQUEST = atom('io_request');
const IO_REPLY = atom('io_reply');
const OK = atom('ok');
const ERROR = atom('error');
const INPUT = new Set(['get_until', 'get_chars', 'get_line', 'get_password']);

export interface IoRequest {
  from: Pid;
  replyAs: Term;
  request: Term;
}

export interface IoServer {
  write: (text: string) => void;
  /** `apply(Module, Function, Args)` on the node that asks: `io:format` leaves the formatting to the I/O server. */
  apply: (module: Atom, fn: Atom, args: readonly Term[]) => Promise<Term>;
}

/** `{io_request, From, ReplyAs, Request}`; null for any other message. */
export function asIoRequest(message: Term): IoRequest | null {
  if (!(message instanceof Tuple) || message.elements[0] !== IO_REQUEST) return null;
  const [, from, replyAs, request] = message.elements;
  return from instanceof Pid && replyAs !== undefined && request !== undefined
    ? { from, replyAs, request }
    : null;
}

export function ioReply({ replyAs }: IoRequest, reply: Term): Term {
  return tuple(IO_REPLY, replyAs, reply);
}

/** Does what the request asks, and gives the reply to it. */
export async function answerIo(request: Term, server: IoServer): Promise<Term> {
  if (request === atom('getopts'))
    return [tuple(atom('binary'), atom('true')), tuple(atom('encoding'), atom('unicode'))];
  const [kind, ...rest] = request instanceof Tuple ? request.elements : [];
  if (!(kind instanceof Atom)) return ioFailure('request');
  if (kind.name === 'put_chars') return putChars(rest, server);
  if (kind.name === 'requests' && Array.isArray(rest[0])) return answerEach(rest[0], server);
  if (INPUT.has(kind.name)) return atom('eof');
  return ioFailure(kind.name === 'setopts' || kind.name === 'get_geometry' ? 'enotsup' : 'request');
}

/** The requests are answered in order, until one fails; the last reply is the reply. */
async function answerEach(requests: readonly Term[], server: IoServer): Promise<Term> {
  let reply: Term = OK;
  for (const request of requests) {
    reply = await answerIo(request, server);
    if (reply instanceof Tuple && reply.elements[0] === ERROR) return reply;
  }
  return reply;
}

/** `[Encoding,] Characters` or `[Encoding,] Module, Function, Args`, without an encoding from nodes before R13. */
async function putChars(fields: readonly Term[], { write, apply }: IoServer): Promise<Term> {
  const [encoding, ...rest] = fields.length % 2 === 0 ? fields : [atom('latin1'), ...fields];
  const [characters, fn, args] = rest;
  if (!(encoding instanceof Atom) || characters === undefined) return ioFailure('request');
  const chardata =
    characters instanceof Atom && fn instanceof Atom && Array.isArray(args)
      ? await apply(characters, fn, args).catch(() => null)
      : characters;
  const text =
    chardata === null ? null : textOfChardata(chardata, encoding.name === 'latin1' ? 'latin1' : 'unicode');
  if (text === null) return ioFailure('put_chars');
  write(text);
  return OK;
}

export function ioFailure(why: string): Term {
  return tuple(ERROR, atom(why));
}
