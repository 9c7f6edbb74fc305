#!/usr/bin/env escript
%%! -hidden
%% hot-upgrade.escript NODE NAME FROM TO TARBALL: upgrades a running mix release by rpc, as an Erlang node would, and
%% prints the milliseconds from the first call to the answer of make_permanent. The cookie is in RELEASE_COOKIE.
-mode(compile).

main([Target, Name, From, To, Tarball]) ->
  Node = list_to_atom(Target),
  {ok, _} = net_kernel:start([list_to_atom("upgrade-" ++ os:getpid()), shortnames]),
  erlang:set_cookie(Node, list_to_atom(os:getenv("RELEASE_COOKIE"))),
  true = net_kernel:hidden_connect_node(Node),
  Call = fun(Module, Function, Args) -> rpc:call(Node, Module, Function, Args, 60000) end,
  {Microseconds, ok} = timer:tc(fun() -> upgrade(Call, Name, From, To, Tarball) end),
  io:format("~w~n", [Microseconds / 1000]).

upgrade(Call, Name, From, To, Tarball) ->
  Root = Call(code, root_dir, []),
  Releases = filename:join(Root, "releases"),
  Version = filename:join(Releases, To),
  {ok, _} = Call(file, copy, [Tarball, filename:join(Releases, Name ++ "-" ++ To ++ ".tar.gz")]),
  {ok, To} = Call(release_handler, unpack_release, [Name ++ "-" ++ To]),
  %% What of the release unpack_release has not deleted.
  [New, Old] = [filename:join([Releases, Each, Name]) || Each <- [To, From]],
  Path = {path, [filename:join([Root, "lib", "*", "ebin"])]},
  {ok, _, _, _} = Call(systools, make_relup, [New, [Old], [Old], [silent, Path, {outdir, Version}]]),
  {ok, From, _} = Call(release_handler, check_install_release, [To]),
  {ok, From, _} = Call(release_handler, install_release, [To, [{update_paths, true}]]),
  configure(Call, filename:join(Version, "sys.config")),
  ok = Call(release_handler, make_permanent, [To]).

%% install_release has undone what runtime.exs set.
configure(Call, File) ->
  Source =
    "{ok, [Static]} = file:consult(File), "
    "#{providers := Providers} = proplists:get_value(config_provider_init, proplists:get_value(elixir, Static)), "
    "Configuration = lists:foldl(fun({M, State}, Sum) -> M:load(Sum, State) end, Static, Providers), "
    "application:set_env(proplists:delete(elixir, Configuration), [{persistent, true}]).",
  {ok, Tokens, _} = Call(erl_scan, string, [Source]),
  {ok, Forms} = Call(erl_parse, parse_exprs, [Tokens]),
  {value, ok, _} = Call(erl_eval, exprs, [Forms, [{'File', File}]]).
