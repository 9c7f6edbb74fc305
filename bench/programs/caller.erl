%% The peer of our own calls: an Erlang node that does the same.
-module(caller).
-export([time/4]).

%% Microseconds that Count calls of erlang:node/0 take, Width of them under way at any time.
time(Way, Node, Count, Width) ->
    {Microseconds, _} = timer:tc(fun() -> run(Way, Node, Count, Width) end),
    Microseconds.

run(Way, Node, Count, 1) ->
    repeat(Way, Node, Count);
run(Way, Node, Count, Width) ->
    Each = Count div Width,
    Callers = [spawn_monitor(fun() -> repeat(Way, Node, Each) end) || _ <- lists:seq(1, Width)],
    [receive {'DOWN', Monitor, process, _, normal} -> ok end || {_, Monitor} <- Callers].

repeat(_, _, 0) ->
    ok;
repeat(rpc, Node, Left) ->
    Node = rpc:call(Node, erlang, node, []),
    repeat(rpc, Node, Left - 1);
repeat(erpc, Node, Left) ->
    Node = erpc:call(Node, erlang, node, []),
    repeat(erpc, Node, Left - 1).
