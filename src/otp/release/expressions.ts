// Erlang that the VM evaluates itself (stdlib, erl_eval): no module is loaded there, and no configuration leaves it.

/**
 * Where they leave things for each other: `{Token, Prepared, Installing}`. The token is that of the attempt; `none` stands
 * for what is not there yet.
 */
const KEEPING_PLACE = 'slipway_upgrade';

/** An attempt begins; what is still under way of one before must not get in. Bindings: Token. */
export const BEGIN = `persistent_term:put(${KEEPING_PLACE}, {Token, none, none}).`;

/**
 * Evaluated before anything is changed; bindings Root, To, Token. Makes the configuration that the new release has when it is booted:
 *  - `sys.config` from `sys.config.src` and the environment, as a start script of rebar3 does (`${NAME}`, `${NAME:-default}`);
 *  - what Elixir's configuration providers (runtime.exs) make of it. `install_release` knows nothing of them, and would
 *    leave the application with its build-time configuration;
 *  - the consolidated protocols that changed, which no appup names.
 *
 * What goes wrong may hold configuration, as the value that did not match: it stays there. The answer is `ok`, `superseded` or
 * `{failed, Kind, Message, [{Module, Function, Arity, File, Line}]}`, with a message only for an environment variable that is missing.
 */
export const PREPARE = `(fun() -> try
  Directory = filename:join([Root, "releases", To]),
  File = filename:join(Directory, "sys.config"),
  Fill = fun Fill(Text) ->
    Pattern = "^(.*?)\\\\$\\\\{([^}:]*)(?::-([^}]*))?\\\\}(.*)$",
    case re:run(Text, Pattern, [dotall, {capture, all_but_first, binary}]) of
      {match, [Before, Name, Default, Rest]} ->
        Value = case os:getenv(unicode:characters_to_list(Name), "") of
          "" -> Default;
          Set -> unicode:characters_to_binary(Set)
        end,
        [Before, Value, Fill(Rest)];
      nomatch -> Text
    end
  end,
  case filelib:is_regular(File) orelse file:read_file(File ++ ".src") of
    {ok, Template} ->
      ok = file:write_file(File, <<>>),
      ok = file:change_mode(File, 8#600),
      ok = file:write_file(File, Fill(Template));
    _ -> ok
  end,
  Static = case file:consult(File) of
    {ok, [Terms]} -> Terms;
    {error, enoent} -> []
  end,
  Elixir = proplists:get_value(elixir, Static, []),
  Configuration = case proplists:get_value(config_provider_init, Elixir, proplists:get_value(config_providers, Elixir)) of
    #{providers := Providers} = Init ->
      Running = os:getenv("RELEASE_VSN"),
      Running =:= false orelse os:putenv("RELEASE_VSN", To),
      try
        Merged = case maps:get(extra_config, Init, []) of
          [] -> Static;
          Extra -> 'Elixir.Config':'__merge__'(Static, Extra)
        end,
        lists:foldl(fun({Provider, State}, Sum) -> Provider:load(Sum, State) end, Merged, Providers)
      after
        Running =:= false orelse os:putenv("RELEASE_VSN", Running)
      end;
    _ -> []
  end,
  Consolidated = filename:join(Directory, "consolidated"),
  Protocols = [{Protocol, Path, Code} ||
    Beam <- filelib:wildcard("*.beam", Consolidated),
    Protocol <- [list_to_atom(filename:rootname(Beam))],
    erlang:module_loaded(Protocol),
    Path <- [filename:join(Consolidated, Beam)],
    {ok, Code} <- [file:read_file(Path)],
    code:module_md5(Code) =/= Protocol:module_info(md5)],
  case persistent_term:get(${KEEPING_PLACE}, none) of
    {Token, _, Installing} ->
      persistent_term:put(${KEEPING_PLACE}, {Token, {Configuration, Consolidated, Protocols}, Installing});
    _ -> superseded
  end
catch Class:Reason:Stack ->
  Kind = case Reason of
    #{'__struct__' := Module} -> Module;
    _ when is_atom(Reason) -> Reason;
    _ when is_tuple(Reason), tuple_size(Reason) > 0, is_atom(element(1, Reason)) -> element(1, Reason);
    _ -> Class
  end,
  Message = case Stack of
    [{'Elixir.System', 'fetch_env!', _, _} | _] when is_map(Reason) -> 'Elixir.Exception':message(Reason);
    _ -> none
  end,
  {failed, Kind, Message, [
    {M, F, if is_list(A) -> length(A); true -> A end, proplists:get_value(file, L), proplists:get_value(line, L)}
    || {M, F, A, L} <- lists:sublist(Stack, 50)]}
end end)().`;

/** The last thing before the installation; bindings Token, To. `false` where there is nothing prepared by this attempt. */
export const COMMIT = `(fun() ->
  case persistent_term:get(${KEEPING_PLACE}, none) of
    {Token, {_, _, _} = Prepared, _} ->
      persistent_term:put(${KEEPING_PLACE}, {Token, Prepared, To}),
      true;
    _ -> false
  end
end)().`;

/**
 * Evaluated by the relup itself, when nothing of the new release runs yet; bindings From, Token. Old code of a protocol that
 * something still runs is left: loading over it would end that. An error would be told with the values in it.
 */
export const SWITCH = `(fun() -> try
  {Token, {Configuration, Consolidated, Protocols}, _} = persistent_term:get(${KEEPING_PLACE}),
  [application:set_env(Application, Key, Value, [{persistent, true}]) ||
    {Application, Environment} <- Configuration, {Key, Value} <- Environment],
  [code:del_path(Path) || Path <- code:get_path(), lists:suffix("/releases/" ++ From ++ "/consolidated", Path)],
  filelib:is_dir(Consolidated) andalso code:add_patha(Consolidated),
  [code:soft_purge(Protocol) andalso code:load_binary(Protocol, Path, Code) || {Protocol, Path, Code} <- Protocols]
catch _:_ -> error(configuration_not_switched)
end end)().`;

/** The version whose installation was begun and not brought to its end, or the empty text. */
export const INSTALLING = `(fun() ->
  case persistent_term:get(${KEEPING_PLACE}, none) of
    {_, _, Version} when is_list(Version) -> Version;
    _ -> ""
  end
end)().`;

/** Configuration may be large, and secret. */
export const FORGET = `persistent_term:erase(${KEEPING_PLACE}).`;

/**
 * Modules whose older code processes still run; bindings Names: modules as the source writes them, one a line. Answers
 * `[{Module, Processes, [Name]}]`, with the names of five processes at most.
 */
export const LINGERING = `(fun() ->
  Existing = fun(Name) -> try [list_to_existing_atom(Name)] catch error:badarg -> [] end end,
  Old = [Module || Name <- string:lexemes(Names, "\\n"), Each <- [Name, "Elixir." ++ Name],
    Module <- Existing(Each), erlang:check_old_code(Module)],
  Called = fun({M, F, A}) -> lists:flatten(io_lib:format("~ts:~ts/~w", [M, F, A])) end,
  Name = fun(Process) ->
    case process_info(Process, [registered_name, dictionary, initial_call]) of
      [{_, Registered} | _] when is_atom(Registered) -> atom_to_list(Registered);
      [_, {_, Dictionary}, {_, Initial}] -> Called(proplists:get_value('$initial_call', Dictionary, Initial));
      undefined -> "ended"
    end
  end,
  Processes = processes() -- [self()],
  Found = [{Module, [Process || Process <- Processes, erlang:check_process_code(Process, Module) =:= true]} || Module <- Old],
  [{Module, length(Those), [Name(Process) || Process <- lists:sublist(Those, 5)]} || {Module, [_ | _] = Those} <- Found]
end)().`;
