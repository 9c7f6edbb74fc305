export interface Trick {
  keys: string;
  does: string;
}

export interface CheatSheet {
  title: string;
  tricks: readonly Trick[];
}

/** What one looks up in a console at night. */
export const CHEAT_SHEETS: Readonly<Record<'iex' | 'erl' | 'shell', CheatSheet>> = {
  iex: {
    title: 'IEx',
    tricks: [
      { keys: 'h Enum.map', does: 'help for a function' },
      { keys: 'Node.list()', does: 'nodes that are connected' },
      { keys: ':erlang.memory()', does: 'memory by kind, in bytes' },
      { keys: 'length(Process.list())', does: 'number of processes' },
      { keys: ':sys.get_state(MyApp.Worker)', does: 'state of a process' },
      { keys: 'Application.get_env(:my_app, :key)', does: 'a setting' },
      { keys: 'Logger.configure(level: :debug)', does: 'more log, until the restart' },
      { keys: '#iex:break', does: 'gives up an expression that is not finished' },
      { keys: 'Ctrl+C, then a', does: 'leaves; the app goes on' },
      { keys: 'System.stop()', does: 'ends the app itself, which is started again' },
    ],
  },
  erl: {
    title: 'Erlang',
    tricks: [
      { keys: 'i().', does: 'processes' },
      { keys: 'nodes().', does: 'nodes that are connected' },
      { keys: 'erlang:memory().', does: 'memory by kind, in bytes' },
      { keys: 'sys:get_state(name).', does: 'state of a process' },
      { keys: 'application:which_applications().', does: 'applications that run' },
      { keys: 'application:get_env(app, key).', does: 'a setting' },
      { keys: 'Ctrl+G, then q', does: 'leaves; the app goes on' },
      { keys: 'init:stop().', does: 'ends the app itself, which is started again' },
    ],
  },
  shell: {
    title: 'Shell',
    tricks: [
      { keys: 'env | sort', does: 'environment of the app, secrets included' },
      { keys: 'ps -ef --forest', does: 'processes' },
      { keys: 'ss -ltnp', does: 'who listens on which port' },
      { keys: 'df -h .', does: 'room on the disk' },
      { keys: 'exit', does: 'leaves; the app goes on' },
    ],
  },
};
