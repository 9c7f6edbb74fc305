import fs from 'node:fs';
import { type Check, examine } from '../../doctor/index.ts';
import { type Colors, count, printData, type Symbols, symbolsOf } from '../output/index.ts';
import type { Session } from '../session.ts';

/** Exit status 1 where something fails. */
export async function doctor(session: Session): Promise<number> {
  const { env, output } = session;
  const checks = await examined(session);
  const failed = checks.filter((check) => check.state === 'fail').length;
  const warned = checks.filter((check) => check.state === 'warn').length;
  printData(output, checks, () => {
    const lines = checks.map((check) =>
      checkText(check, { colors: output.out.colors, symbols: symbolsOf(env) }),
    );
    const sum = `${failed} failed, ${count(warned, 'warning')}, ${checks.length - failed - warned} ok`;
    return `${lines.join('\n')}\n\n${sum}`;
  });
  return failed === 0 ? 0 : 1;
}

/** This host, or the one whose agent is elsewhere, by what that one finds. */
async function examined(session: Session): Promise<Check[]> {
  const { configFile, env } = session;
  const address = await session.address();
  const client = await session.client();
  if (!('socketPath' in address) || isOfGroup(address.socketPath)) return await client.doctor();
  const askAgent = async () => {
    const { agent, apps } = await client.status({});
    const certificates = await client.certificates().catch(() => []);
    const sources = apps.map(({ app, source }) => ({ app, ...source }));
    return {
      ...agent,
      certificates,
      sites: apps,
      sources,
      instances: apps.flatMap(({ instances }) => instances),
    };
  };
  return await examine({ configFile, env, askAgent, socketPath: address.socketPath });
}

/** Whether it is another's, and open to us all the same: a member of a group sees little of the host himself. */
function isOfGroup(socketPath: string): boolean {
  try {
    fs.accessSync(socketPath, fs.constants.W_OK);
    return ![0, fs.statSync(socketPath).uid].includes(process.getuid?.() ?? 0);
  } catch {
    return false;
  }
}

function checkText(
  { name, state, message, mend, note }: Check,
  { colors, symbols }: { colors: Colors; symbols: Symbols },
) {
  const signs = {
    ok: colors.green(symbols.done),
    warn: colors.yellow('!'),
    fail: colors.red(symbols.failed),
  };
  const text = message.replaceAll('\n', '\n    ');
  const mending =
    mend === null
      ? ''
      : `\n    ${colors.dim('mend:')} ${colors.bold(mend)}${note === null ? '' : `\n          ${note}`}`;
  return `${signs[state]} ${name.padEnd(16)} ${text}${mending}`;
}
