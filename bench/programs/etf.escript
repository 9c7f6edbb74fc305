#!/usr/bin/env escript
%%! +S 1
%% etf.escript maps COUNT FILE: writes so many maps, as the BEAM encodes them.
%% etf.escript measure FILE ROUNDS: prints the milliseconds of each binary_to_term, and of each term_to_binary.
-mode(compile).

main(["maps", Count, File]) ->
  ok = file:write_file(File, term_to_binary([map(N) || N <- lists:seq(1, list_to_integer(Count))]));
main(["measure", File, Rounds]) ->
  {ok, Bytes} = file:read_file(File),
  Term = binary_to_term(Bytes),
  Times = fun(Work) -> [time(Work) || _ <- lists:seq(1, list_to_integer(Rounds))] end,
  io:format("{\"decodeMs\":~w,\"encodeMs\":~w}~n",
            [Times(fun() -> binary_to_term(Bytes) end), Times(fun() -> term_to_binary(Term) end)]).

map(N) ->
  Name = <<"user-", (integer_to_binary(N))/binary>>,
  #{id => N, name => Name, email => <<Name/binary, "@example.com">>, active => N rem 2 =:= 0,
    visits => N * 31, seen => 1700000000000 + N, score => N / 7, tags => [<<"red">>, <<"green">>, admin],
    address => #{city => <<"Springfield">>, street => <<"Evergreen">>}}.

%% In a process of its own, with the heap that it needs: no collection of another's garbage is in the time.
time(Work) ->
  Self = self(),
  spawn(fun() -> Self ! {took, element(1, timer:tc(Work)) / 1000} end),
  receive {took, Ms} -> Ms end.
