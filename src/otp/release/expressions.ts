// Erlang that the VM evaluates itself (stdlib, erl_eval): no module is loaded there, and no configuration leaves it.

/**
 * Where they leave things for each other: `{Token, Prepared, Installing}`. The token is that of the attempt; `none` stands
 * for what is not there yet.
 */
export const KEEPING_PLACE = 'slipway_upgrade';

/** An attempt begins; what is still under way of one before must not get in. Bindings: Token. */
export const BEGIN = `persistent_term:put(${KEEPING_PLACE}, {Token, none, none}).`;

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

/** Where the relup notes which module it loads: what a module's own start fails with does not say whose it is. */
export const LOADING_PLACE = 'slipway_loading';

/** Configuration may be large, and secret. */
export const FORGET = `persistent_term:erase(${KEEPING_PLACE}), persistent_term:erase(${LOADING_PLACE}).`;

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
