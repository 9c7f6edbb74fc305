// Erlang/OTP documentation, ssl, "Using TLS for Erlang Distribution": what a node asks of those who connect to it.
import type { Call } from './call.ts';
import { evaluate } from './evaluate.ts';
import { isAtom } from './shape.ts';

const TIMEOUT_MS = 5000;

/**
 * Options from a file (`-ssl_dist_optfile`) are in a table, others (`-ssl_dist_opt server_...`) are arguments.
 */
const DEMANDS = `(fun() ->
  Options = try ets:lookup_element(ssl_dist_opts, server, 2) catch error:badarg -> [] end,
  Arguments = lists:append([Values || {ssl_dist_opt, Values} <- init:get_arguments()]),
  Demanded = fun Demanded(["server_fail_if_no_peer_cert", Value | _]) -> Value =:= "true";
    Demanded([_ | Rest]) -> Demanded(Rest);
    Demanded([]) -> false
  end,
  proplists:get_value(fail_if_no_peer_cert, Options, false) =:= true orelse Demanded(Arguments)
end)().`;

/**
 * Whether a node that we are connected to by TLS refuses clients that show no certificate. OTP asks for one and lets clients in
 * without it all the same, unless `{fail_if_no_peer_cert, true}` is said for the server; from the connection that cannot be seen.
 * So the node is asked what it was told: to try it out would leave two alerts in the log of the app, each time.
 */
export async function isMutual(call: Call): Promise<boolean> {
  return isAtom(await evaluate(call, { source: DEMANDS, bindings: {}, timeoutMs: TIMEOUT_MS }), 'true');
}
