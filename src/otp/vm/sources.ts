/*
 * What is evaluated on the node. It runs there interpreted, so what goes over many processes is left to functions of
 * lists. Both stand in functions: what they bind stays there.
 */

/**
 * Figures that the runtime keeps; their cost does not depend on what the node does. The first element of
 * statistics(reductions) is the sum since the start; the start time is asked for in the place of
 * statistics(wall_clock), which would begin a new interval for whoever uses its second element.
 */
export const FIGURES = `
(fun() ->
  Info = fun erlang:system_info/1,
  Milliseconds = fun(Native) -> erlang:convert_time_unit(Native, native, millisecond) end,
  #{
    node => node(),
    otp_release => Info(otp_release),
    erts_version => Info(version),
    uptime_ms => Milliseconds(erlang:monotonic_time() - Info(start_time)),
    schedulers => {Info(schedulers_online), Info(schedulers)},
    dirty_schedulers => {Info(dirty_cpu_schedulers_online), Info(dirty_io_schedulers)},
    run_queue => erlang:statistics(total_run_queue_lengths_all),
    reductions => element(1, erlang:statistics(reductions)),
    memory => try maps:from_list(erlang:memory()) catch error:notsup -> undefined end,
    processes => {Info(process_count), Info(process_limit)},
    ports => {Info(port_count), Info(port_limit)},
    atoms => {Info(atom_count), Info(atom_limit)},
    ets_tables => {Info(ets_count), Info(ets_limit)},
    applications =>
      try application:which_applications(ApplicationsMs) catch exit:_ -> undefined end
  }
end)().
`;

/**
 * The largest processes. At most `Limit` are looked at, in pieces that lie evenly among all: what is skipped after each
 * follows from how many more the time allows. No piece is begun after `BudgetMs`. Those with a registered name are
 * looked at first, and in any case. The dictionary of a process, which tells the first function of a behaviour, is copied
 * whole when it is read: not that of a process over `DictionaryBytes`.
 */
export const TOP = `
(fun() ->
  Now = fun() -> erlang:monotonic_time(millisecond) end,
  Began = Now(),
  Look = fun(Pids) ->
    [{Pid, Memory, Queue} || Pid <- Pids,
      [{memory, Memory}, {message_queue_len, Queue}] <- [process_info(Pid, [memory, message_queue_len])]]
  end,
  Largest = fun(Position, Seen) ->
    lists:sublist(lists:reverse(lists:keysort(Position, lists:ukeysort(1, Seen))), Top)
  end,
  Waiting = fun(Seen) -> [Each || {_, _, Queue} = Each <- Seen, Queue > 0] end,
  All = lists:delete(self(), processes()),
  Count = length(All),
  Registered = Look([Pid || Name <- lists:sublist(registered(), Piece), Pid <- [whereis(Name)], is_pid(Pid)]),
  WalkBegan = Now(),
  Gap = fun(Left, Looked) ->
    Affordable = Looked * (Began + BudgetMs - Now()) div max(1, Now() - WalkBegan),
    max(0, Left * Piece div max(1, min(Limit - Looked, Affordable)) - Piece)
  end,
  Walk = fun Next(Rest, Left, Looked, ByMemory, ByQueue) ->
    case Left > 0 andalso Looked < Limit andalso Now() < Began + BudgetMs of
      true ->
        {Pids, More} = lists:split(min(Piece, Left), Rest),
        Seen = Look(Pids),
        Remaining = Left - length(Pids),
        LookedNow = Looked + length(Pids),
        Skipped = min(Gap(Remaining, LookedNow), Remaining),
        Next(lists:nthtail(Skipped, More), Remaining - Skipped, LookedNow,
          Largest(2, Seen ++ ByMemory), Largest(3, Waiting(Seen) ++ ByQueue));
      false ->
        {Looked, ByMemory, ByQueue}
    end
  end,
  {Looked, ByMemory, ByQueue} = Walk(All, Count, 0, Largest(2, Registered), Largest(3, Waiting(Registered))),
  Describe = fun({Pid, Memory, Queue}) ->
    case process_info(Pid, [registered_name, initial_call, current_function, reductions, status]) of
      [{_, Name}, {_, InitialCall}, {_, Current}, {_, Reductions}, {_, Status}] ->
        Initial = if Memory < DictionaryBytes -> proc_lib:translate_initial_call(Pid); true -> InitialCall end,
        [{pid_to_list(Pid), Name, Initial, Current, Memory, Queue, Reductions, Status}];
      undefined ->
        []
    end
  end,
  #{
    count => Count,
    looked => Looked,
    by_memory => lists:flatmap(Describe, ByMemory),
    by_queue => lists:flatmap(Describe, ByQueue),
    took_ms => Now() - Began
  }
end)().
`;
