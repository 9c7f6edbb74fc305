import { isSecretName, redact } from '../../kernel/index.ts';
import { commandLine } from '../../wording/index.ts';

/** How a shell, or a one-off command, is told of: in the audit, the log and the events. */
export interface Told {
  /** The verb of the command line. */
  verb: 'shell' | 'run';
  subject: string;
  /** `the shell of root on web/1` */
  name: string;
  begun: { type: string; message: string };
  ended: { type: string };
}

export function toldOfShell(label: string, actor: string): Told {
  return {
    verb: 'shell',
    subject: label,
    name: `the shell of ${actor} on ${label}`,
    begun: { type: 'shell.opened', message: `${actor} opened a shell on ${label}` },
    ended: { type: 'shell.ended' },
  };
}

/** `release`: the name of its directory. */
export function toldOfCommand(of: {
  app: string;
  argv: readonly string[];
  release: string;
  actor: string;
}): Told {
  const { app, argv, release, actor } = of;
  const command = argv.length === 0 ? 'a shell' : shown(argv);
  return {
    verb: 'run',
    subject: argv.length === 0 ? app : `${app} ${command}`,
    name: `${command}, run by ${actor} on ${app},`,
    begun: { type: 'run.begun', message: `${actor} runs on ${app}, in ${release}: ${command}` },
    ended: { type: 'run.ended' },
  };
}

const MASK = '[redacted]';
const MOST_CHARACTERS = 160;

/** The command in one line, less what may be secret in it: the value of an option or an assignment that is called so, too. */
function shown(argv: readonly string[]): string {
  const words = argv.map((word, index) => {
    const equals = word.indexOf('=');
    if (equals > 0 && isSecretName(word.slice(0, equals))) return `${word.slice(0, equals + 1)}${MASK}`;
    const before = argv[index - 1] ?? '';
    if (before.startsWith('-') && !before.includes('=') && isSecretName(before)) return MASK;
    const masked = redact(word);
    return masked === word ? commandLine([word]) : masked;
  });
  const text = words.join(' ').replace(/\s+/g, ' ');
  return text.length <= MOST_CHARACTERS ? text : `${text.slice(0, MOST_CHARACTERS)} ...`;
}
