import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import type { ForwardConfiguration } from '../config/index.ts';
import { messageOf, safeText } from '../kernel/index.ts';
import { asUser } from '../supervisor/index.ts';
import type { ForwardedLine, Sent, Target, TargetContext } from './target.ts';
import { writeAll } from './write-all.ts';

const PIECE_BYTES = 1024 * 1024;
/** What lies in its pipe when it ends is sent again to the next one. */
const SETTLE_MS = 2000;
const END_MS = 2000;
const STDERR_KEPT = 500;
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };

/** A program that reads lines from its standard input, as long as it likes; it is started again when it has ended. */
export function program(
  { command, format }: Extract<ForwardConfiguration, { type: 'program' }>,
  { app, account, contain, onLost }: TargetContext,
): Target {
  const tools = lazily(contain);
  let open: ChildProcess | null = null;
  let why = '';
  async function ready(): Promise<ChildProcess> {
    if (open) return open;
    await tools().end();
    const env = { ...ENVIRONMENT, SLIPWAY_APP: app };
    const { argv, env: given } = asUser({ argv: command, env }, await account());
    const [first = '', ...rest] = tools().enter(argv);
    const child = spawn(first, rest, {
      ...{ env: given, cwd: '/', detached: true },
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    open = child;
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-STDERR_KEPT);
    });
    child.stdin?.on('error', () => undefined);
    const gone = (reason: string) => {
      why = reason + (said.trim() === '' ? '' : `: ${safeText(said.trim())}`);
      if (open !== child) return;
      open = null;
      onLost(why);
    };
    child.once('error', (error) => gone(messageOf(error)));
    child.once('close', (status, signal) => gone(`${command[0]} ended with ${signal ?? `status ${status}`}`));
    child.unref();
    (child.stdin as unknown as { unref?: () => void } | null)?.unref?.();
    (child.stderr as unknown as { unref?: () => void } | null)?.unref?.();
    return child;
  }
  async function end(child: ChildProcess): Promise<void> {
    child.stdin?.end();
    if (child.exitCode === null && child.signalCode === null)
      await once(child, 'close', { signal: AbortSignal.timeout(END_MS) }).catch(() => undefined);
    await tools().end();
  }
  return {
    ...{ name: command[0] ?? '', pieceBytes: PIECE_BYTES, settleMs: SETTLE_MS },
    isDelivered: () => true,
    async send(lines, signal): Promise<Sent> {
      try {
        const child = await ready();
        if (!child.stdin) throw new Error('there is no room for another process');
        const texts = lines.map((line) => (format === 'json' ? jsonOf(line) : textOf(line)));
        await writeAll(child.stdin, Buffer.from(texts.join('')), signal);
        return { count: lines.length, trouble: null };
      } catch (error) {
        const child = open;
        open = null;
        if (child) await end(child);
        const trouble = messageOf(error);
        return { count: 0, trouble: signal.aborted ? 'it reads nothing' : why || trouble };
      }
    },
    async reach() {
      await account();
      findExecutable(command[0] ?? '');
    },
    async close() {
      const child = open;
      open = null;
      if (child) await end(child);
    },
  };
}

/** The shape of `slipway logs --json`, with the app and the release. */
function jsonOf({ app, unit, stream, text, at, isExact, part, release }: ForwardedLine): string {
  const exact = isExact ? {} : { exact: false };
  const piece = part === null ? {} : { part };
  return `${JSON.stringify({ app, instance: `${app}/${unit}`, stream, line: text, at, ...exact, ...piece, release })}\n`;
}

/** The pieces of a long line are joined again. */
function textOf({ text, part }: ForwardedLine): string {
  return part === 'first' || part === 'middle' ? text : `${text}\n`;
}

function findExecutable(name: string): void {
  const files = name.includes('/')
    ? [name]
    : ENVIRONMENT.PATH.split(':').map((each) => path.join(each, name));
  const found = files.some((file) => (fs.statSync(file, { throwIfNoEntry: false })?.mode ?? 0) & 0o111);
  if (!found) throw new Error(`there is no program ${name}`);
}

function lazily<T>(make: () => T): () => T {
  let made: T | null = null;
  return () => (made ??= make());
}
