// Erlang by which a release is configured before it is installed: part of it is evaluated by the VM, part by a VM beside it.
import { KEEPING_PLACE } from './expressions.ts';

/**
 * Evaluated by the new release's own `eval`, in a VM that has its code: runtime.exs and other providers may call functions of the
 * release, and the running VM would answer with those of the old one. SLIPWAY_SYS_CONFIG and SLIPWAY_ANSWER name files; the answer is
 * `{configured, Configuration}` or `{failed, Kind, Message, [{Module, Function, Arity, File, Line}]}`, with a message only for an
 * environment variable that is missing: what goes wrong may hold configuration, as the value that did not match.
 */
const CONFIGURE = `(fun() ->
  {ok, [Static]} = file:consult(os:getenv("SLIPWAY_SYS_CONFIG")),
  Elixir = proplists:get_value(elixir, Static),
  #{providers := Providers} = Init =
    proplists:get_value(config_provider_init, Elixir, proplists:get_value(config_providers, Elixir)),
  os:putenv("RELEASE_COMMAND", "start"),
  Answer = try
    Merged = case maps:get(extra_config, Init, []) of
      [] -> Static;
      Extra -> 'Elixir.Config':'__merge__'(Static, Extra)
    end,
    {configured, lists:foldl(fun({Provider, State}, Sum) -> Provider:load(Sum, State) end, Merged, Providers)}
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
  end,
  ok = file:write_file(os:getenv("SLIPWAY_ANSWER"), term_to_binary(Answer))
end)().`;

/** What `eval` of Elixir is given; the Erlang comes by the environment, where nothing of it has to be quoted. */
const EVAL =
  '{:ok, tokens, _} = :erl_scan.string(:os.getenv(:erlang.binary_to_list("SLIPWAY_CONFIGURE"))); ' +
  '{:ok, forms} = :erl_parse.parse_exprs(tokens); :erl_eval.exprs(forms, []); :erlang.halt(0)';

/** It shares the limits of the instance: where memory is short, it goes, and not the app. */
const BESIDE = 'echo 1000 > /proc/self/oom_score_adj; exec timeout "$@" > /dev/null 2>&1 < /dev/null';

/** An Erlang string. */
function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

/**
 * Evaluated before anything is changed; bindings Root, To, Token, TimeoutS. Makes the configuration that the new release has when it is booted:
 *  - `sys.config` from `sys.config.src` and the environment, as a start script of rebar3 does (`\${NAME}`, `\${NAME:-default}`);
 *  - what Elixir's configuration providers (runtime.exs) make of it. `install_release` knows nothing of them, and would
 *    leave the application with its build-time configuration. What the start script of the running VM has set about its own
 *    release is kept from that of the new one;
 *  - the consolidated protocols that changed, which no appup names.
 *
 * The answer is `ok`, `superseded`, `{status, Status}` where `eval` came to nothing, or `{failed, ...}` as above.
 */
export const PREPARE = `(fun() ->
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
  % Since OTP 28 a compiled regular expression is a reference, which means nothing in another VM.
  Revived = fun
    Revived(#{'__struct__' := 'Elixir.Regex', source := Source, opts := Options}) -> 'Elixir.Regex':'compile!'(Source, Options);
    Revived(Map) when is_map(Map) -> maps:map(fun(_, Value) -> Revived(Value) end, Map);
    Revived([Head | Tail]) -> [Revived(Head) | Revived(Tail)];
    Revived(Tuple) when is_tuple(Tuple) -> list_to_tuple(Revived(tuple_to_list(Tuple)));
    Revived(Other) -> Other
  end,
  Beside = fun() ->
    Answer = filename:join(Directory, "configuration-" ++ Token),
    ok = file:write_file(Answer, <<>>),
    ok = file:change_mode(Answer, 8#600),
    Program = filename:join([Root, "bin", os:getenv("RELEASE_PROG", os:getenv("RELEASE_NAME", ""))]),
    Unset = ["RELEASE_ROOT", "RELEASE_PROG", "RELEASE_COMMAND", "RELEASE_VM_ARGS", "RELEASE_REMOTE_VM_ARGS",
      "RELEASE_SYS_CONFIG", "RELEASE_BOOT_SCRIPT", "RELEASE_BOOT_SCRIPT_CLEAN", "BINDIR", "ROOTDIR", "EMU", "PROGNAME"],
    Port = open_port({spawn_executable, "/bin/sh"}, [exit_status, hide,
      {args, ["-c", ${quoted(BESIDE)}, "sh", integer_to_list(TimeoutS), Program, "eval", ${quoted(EVAL)}]},
      {env, [{Name, false} || Name <- Unset] ++ [
        {"RELEASE_VSN", To},
        % The providers run once, and where a failure can be told without what was read.
        {"ERL_AFLAGS", os:getenv("ERL_AFLAGS", "") ++ " -elixir config_provider_init skip"},
        {"SLIPWAY_SYS_CONFIG", File},
        {"SLIPWAY_ANSWER", Answer},
        {"SLIPWAY_CONFIGURE", ${quoted(CONFIGURE)}}]}]),
    Status = receive {Port, {exit_status, Ended}} -> Ended end,
    {ok, Written} = file:read_file(Answer),
    ok = file:delete(Answer),
    case Written of
      <<>> -> {status, Status};
      _ -> binary_to_term(Written)
    end
  end,
  Made = case proplists:get_value(config_provider_init, Elixir, proplists:get_value(config_providers, Elixir)) of
    #{providers := _} -> Beside();
    _ -> {configured, []}
  end,
  Consolidated = filename:join(Directory, "consolidated"),
  Protocols = [{Protocol, Path, Code} ||
    Beam <- filelib:wildcard("*.beam", Consolidated),
    Protocol <- [list_to_atom(filename:rootname(Beam))],
    erlang:module_loaded(Protocol),
    Path <- [filename:join(Consolidated, Beam)],
    {ok, Code} <- [file:read_file(Path)],
    code:module_md5(Code) =/= Protocol:module_info(md5)],
  case {Made, persistent_term:get(${KEEPING_PLACE}, none)} of
    {{configured, Configuration}, {Token, _, Installing}} ->
      persistent_term:put(${KEEPING_PLACE}, {Token, {Revived(Configuration), Consolidated, Protocols}, Installing}),
      ok;
    {{configured, _}, _} -> superseded;
    _ -> Made
  end
end)().`;
