# Sourced before the commands of a page: what a person does at the keyboard while they run.

slipway() {
  case " $* " in
    # They would take the place of the agent that the other pages need.
    ' agent '* | ' update '*) command slipway --help >/dev/null ;;
    # A bucket of others, a project that is not here. The guides publish for real.
    ' publish '*://*) command slipway publish --help >/dev/null ;;
    ' publish --mix '*) if [ -e mix.exs ]; then command slipway "$@"; fi ;;
    # There is no DeployEx to be taken over.
    ' import deployex '*--print* | ' import deployex '*--output*) command slipway "$@" ;;
    ' import deployex '*) command slipway import deployex --help >/dev/null ;;
    # Without a command it takes a terminal.
    ' run '*' -- '*) command slipway "$@" ;;
    ' run '*) command slipway run --help >/dev/null ;;
    # No agent may run meanwhile.
    ' restore '*) systemctl stop slipway && command slipway "$@" --force && systemctl start slipway ;;
    *' -f '* | *' --follow '* | *' -w '* | *' --watch '*) until_it_shows_something "$@" ;;
    ' secret '*' set '* | ' shell '*) answered "$@" ;;
    *) command slipway "$@" ;;
  esac
}

systemctl() {
  # An editor: what it is to hold is a block of its own, which is checked.
  if [ "$1" = edit ]; then return; fi
  command systemctl "$@"
}

systemd-ask-password() { echo 'as secret as can be'; }

# Types, where nothing is piped in, what it asks for.
answered() {
  if [ "$(readlink /proc/self/fd/0)" != /dev/null ]; then command slipway "$@"
  elif [ "$1" = secret ]; then command slipway "$@" <<<'as secret as can be'
  else command slipway "$@" <<<''
  fi
}

# Ctrl-C after the first line.
until_it_shows_something() {
  local line status=0
  coproc SHOWN { exec slipway "$@" 2>&1; }
  local pid=$SHOWN_PID
  IFS= read -r line <&"${SHOWN[0]}"
  printf '%s\n' "$line"
  kill -INT "$pid" 2>/dev/null || :
  wait "$pid" || status=$?
  [ "$status" = 0 ] || [ "$status" = 130 ]
}
