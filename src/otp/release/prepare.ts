import { SlipwayError } from '../../kernel/index.ts';
import type { Call } from '../call.ts';
import { evaluate } from '../evaluate.ts';
import { elementsOf, isAtom, itemsOf, tagged, words } from '../shape.ts';
import type { Term } from '../term/index.ts';
import { PREPARE } from './configuration-expressions.ts';

/** runtime.exs may ask a secrets server. */
const TIMEOUT_S = 5 * 60;
const MARGIN_S = 20;
const MAX_FUNCTIONS = 8;

/**
 * Has the VM make the configuration of the release that is wanted, by that release's own `eval`, and keep it for the relup.
 * @throws SlipwayError `upgrade_failed`: where in its configuration it went wrong, and never with which value
 */
export async function prepareConfiguration(
  call: Call,
  attempt: { root: string; to: string; token: string },
): Promise<void> {
  const { root, to, token } = attempt;
  const bindings = { Root: root, To: to, Token: token, TimeoutS: TIMEOUT_S };
  const timeoutMs = (TIMEOUT_S + MARGIN_S) * 1000;
  const answer = await evaluate(call, { source: PREPARE, bindings, timeoutMs });
  if (isAtom(answer, 'ok')) return;
  const [status] = tagged(answer, 'status') ?? [];
  if (status !== undefined)
    throw new SlipwayError('upgrade_failed', {
      message: `the configuration of ${to} could not be made: its "eval" ended with status ${Number(status)}`,
    });
  const [kind, message, stack] = tagged(answer, 'failed') ?? [];
  const why = kind === undefined ? 'another upgrade was begun' : describe({ kind, message, stack });
  throw new SlipwayError('upgrade_failed', {
    message: `the configuration of ${to} could not be made: ${why}`,
  });
}

/** `System.EnvError: ... (.../runtime.exs:12)`; before Elixir 1.15, which has no lines of a script: the functions, innermost first. */
function describe(failure: { kind: Term; message: Term | undefined; stack: Term | undefined }): string {
  const { kind, message, stack } = failure;
  const said = isAtom(message, 'none') ? '' : `: ${words(message)}`;
  const frames = itemsOf(stack).map(frameOf);
  const script = frames.find(({ file }) => file.endsWith('.exs'));
  const functions = frames.slice(0, MAX_FUNCTIONS).map(({ fn }) => fn);
  const where = script ? `${script.file}:${script.line}` : functions.join(' < ');
  return `${elixirName(kind)}${said} (${where})`;
}

function frameOf(frame: Term): { fn: string; file: string; line: number | string } {
  const [module, fn, arity, file, line] = elementsOf(frame);
  return {
    fn: `${elixirName(module)}:${words(fn)}/${typeof arity === 'number' ? arity : '?'}`,
    file: words(file),
    line: typeof line === 'number' ? line : '?',
  };
}

function elixirName(module: Term | undefined): string {
  return words(module).replace(/^Elixir\./, '');
}
