import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  Binary,
  binary,
  decode,
  encode,
  equals,
  format,
  ImproperList,
  Pid,
  Port,
  Reference,
  type Term,
  TermMap,
  Tuple,
  textOf,
  tuple,
} from '../../../src/otp/term/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { anyTerm } from '../../unit/otp/term/arbitrary.ts';

/** Writes [{Name, External, Text}] of all kinds of terms: each as the BEAM encodes it, and as it prints it. */
const CORPUS = String.raw`
main([File]) ->
  X = 7, Y = <<"free">>,
  Deep = fun(F) -> lists:foldl(fun(_, Acc) -> F(Acc) end, [], lists:seq(1, 900)) end,
  Terms = [
    {integers, [0, 1, 255, 256, -1, 65535, 65536, 1 bsl 27, -(1 bsl 27), 1 bsl 31, -(1 bsl 31), (1 bsl 31) - 1, 1 bsl 32]},
    {around_2_53, [S * ((1 bsl 53) + D) || S <- [1, -1], D <- [-2, -1, 0, 1, 2]]},
    {bigs, [S * (1 bsl N) + D || S <- [1, -1], N <- [59, 60, 63, 64, 127, 128, 2039, 2040, 2048, 100000], D <- [-1, 0, 1]]},
    {floats, [1.0, 0.0, -1.0, 0.1, 1.0e22, 1.0e-7, 5.0e-324, 1.7976931348623157e308, 123456789.0, 9007199254740992.0]},
    {one_and_one, [1, 1.0, {1}, {1.0}, #{1 => 1.0, 1.0 => 1}]},
    {atoms, [ok, true, '', 'Hello World', 'it\'s', 'a\nb', 'end', 'höfe', '日本', 'ÿ', 'a÷', list_to_atom(lists:duplicate(255, $x)),
             list_to_atom(lists:duplicate(255, 16#65e5))]},
    {binaries, [<<>>, <<"text">>, <<"höfe"/utf8>>, <<"höfe">>, <<0, 255>>, binary:copy(<<"x">>, 70000), <<"\b\e\d">>]},
    {bitstrings, [<<5:3>>, <<1, 5:3>>, <<"abc", 1:1>>, <<255:7>>, <<0:9>>]},
    {strings, ["", "text", "höfe", "日本", [0, 255], [1, 256], lists:duplicate(65535, $a), lists:duplicate(65536, $a), "\b\v\"\\"]},
    {tuples, [{}, {a}, list_to_tuple(lists:seq(1, 255)), list_to_tuple(lists:seq(1, 256)), {{{}}}]},
    {lists, [[], [[]], [a, [b, [c]]], lists:seq(1, 5000)]},
    {improper, [[a | b], [1, 2 | 3], [[a | b] | c], ["ab" | <<"c">>], [1 | 1.5]]},
    {maps, [#{}, #{a => 1}, #{#{a => 1} => #{b => #{}}}, #{[] => {}, "a" => 1, <<"a">> => 2, a => 3}]},
    {large_map, maps:from_list([{N, N * N} || N <- lists:seq(1, 100)])},
    {like_maps, [#{id => N, name => integer_to_binary(N), more => #{x => N, y => -N, z => 0}} || N <- lists:seq(1, 50)]},
    {external_funs, [fun erlang:halt/0, fun lists:map/2, fun 'A b':'C'/255]},
    {local_fun, fun(Z) -> {X, Y, Z} end},
    {deep_lists, Deep(fun(Acc) -> [Acc] end)},
    {deep_tuples, Deep(fun(Acc) -> {Acc, a} end)},
    {pids, [self(), group_leader(), whereis(init)]},
    {references, [make_ref(), make_ref(), alias()]},
    {ports, erlang:ports()}],
  Plain = [{Name, term_to_binary(Term), text(Term)} || {Name, Term} <- Terms],
  Compressed = [{{compressed, Level}, term_to_binary(Terms, [{compressed, Level}]), text(Terms)} || Level <- [1, 9]],
  Old = [{{minor_version, N}, term_to_binary(Term, [{minor_version, N}]), text(Term)} || N <- [0, 1, 2], {_, Term} <- Terms],
  ok = file:write_file(File, term_to_binary(Plain ++ Compressed ++ Old)).

text(Term) -> unicode:characters_to_binary(io_lib:format("~0tp", [Term])).
`;

/** Reads [{Name, A, B}] and writes the names of those where the terms are not =:=, or are not the same bytes for bytes. */
const COMPARE = String.raw`
main([File, Answer]) ->
  {ok, Bytes} = file:read_file(File),
  Different = [Name || {Name, A, B} <- binary_to_term(Bytes), binary_to_term(A) =/= binary_to_term(B)],
  ok = file:write_file(Answer, term_to_binary(Different)).
`;

/** Reads [External], and writes [{External, Text}] of the same terms. */
const ECHO = String.raw`
main([File, Answer]) ->
  {ok, Bytes} = file:read_file(File),
  Terms = [binary_to_term(External) || External <- binary_to_term(Bytes)],
  Text = fun(Term) -> unicode:characters_to_binary(io_lib:format("~0tp", [Term])) end,
  ok = file:write_file(Answer, term_to_binary([{term_to_binary(Term), Text(Term)} || Term <- Terms])).
`;

test('every kind of term that a BEAM encodes comes back the same, and is printed as it prints it', () => {
  const corpus = triplesIn(runErlang(CORPUS, null));
  expect(corpus).toHaveLength(90);
  const again: Term[] = [];
  for (const [name, external, text] of corpus) {
    const term = decode((external as Binary).bytes);
    again.push(tuple(name, external, Binary.of(encode(term))));
    if (hasOneText(term)) expect(format(term, { maxLength: Infinity }), format(name)).toBe(textOf(text));
  }
  expect(format(decode(runErlang(COMPARE, again)))).toBe('[]');
});

test('every term that is made here is read by a BEAM, sent back the same, and printed the same', () => {
  const terms = fc.sample(anyTerm, { numRuns: 3_000, seed: 4 });
  const answers = decode(
    runErlang(
      ECHO,
      terms.map((term) => binary(encode(term))),
    ),
  ) as Tuple[];
  expect(answers).toHaveLength(terms.length);
  for (const [i, term] of terms.entries()) {
    const [external, text] = (answers[i] as Tuple).elements as [Binary, Binary];
    const back = decode(external.bytes);
    expect(equals(back, term), format(term)).toBe(true);
    // Of what came back: there maps have the order that they are printed in.
    if (hasOneText(back)) expect(format(back, { maxLength: Infinity })).toBe(text.toString());
  }
});

/** Runs main/1 with files for what goes in and what comes out; the result is the latter's bytes. */
function runErlang(program: string, input: Term | null): Buffer {
  const folder = temporaryFolder();
  const [script, given, answer] = ['run.escript', 'given', 'answer'].map((name) => path.join(folder, name));
  fs.writeFileSync(
    script as string,
    `#!/usr/bin/env escript\n%% -*- coding: utf-8 -*-\n%%! +pc unicode\n-mode(compile).\n${program}`,
  );
  if (input !== null) fs.writeFileSync(given as string, encode(input));
  const files = input === null ? [answer as string] : [given as string, answer as string];
  execFileSync('escript', [script as string, ...files], { stdio: 'pipe' });
  return fs.readFileSync(answer as string);
}

function triplesIn(bytes: Buffer): (readonly [Term, Term, Term])[] {
  return (decode(bytes) as Tuple[]).map(({ elements }) => elements as readonly [Term, Term, Term]);
}

/** A BEAM prints its own numbers for nodes, and has its own order for large maps. */
function hasOneText(term: Term): boolean {
  if (term instanceof Pid || term instanceof Port || term instanceof Reference) return false;
  if (Array.isArray(term)) return term.every(hasOneText);
  if (term instanceof Tuple) return term.elements.every(hasOneText);
  if (term instanceof ImproperList) return [...term.items, term.tail].every(hasOneText);
  return !(term instanceof TermMap) || (term.size <= 32 && [...term.keys, ...term.values].every(hasOneText));
}
