import readline from 'node:readline';
import { Writable } from 'node:stream';
import { SlipwayError } from '../../kernel/index.ts';
import type { Channel } from '../output/index.ts';

/** Lines typed on the terminal, one for each name, without echo. Errors: `interrupted` by Ctrl-C, Ctrl-D or an empty line. */
export async function ask(names: string[], { write }: Channel): Promise<string[]> {
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  // It puts the terminal into raw mode, which echoes nothing, and knows the keys to edit with.
  const typed = readline.createInterface({
    input: process.stdin,
    output: silence,
    terminal: true,
    historySize: 0,
  });
  const question = (name: string) => write(`${name} (it is not shown): `);
  try {
    return await new Promise((resolve, reject) => {
      const lines: string[] = [];
      const stop = () =>
        reject(new SlipwayError('interrupted', { message: 'no value was given; nothing was changed' }));
      typed.on('line', (line) => {
        if (line === '') return stop();
        lines.push(line);
        const next = names[lines.length];
        if (next === undefined) return resolve(lines);
        write('\n');
        question(next);
      });
      typed.once('SIGINT', stop);
      typed.once('close', stop);
      question(names[0] ?? '');
    });
  } finally {
    typed.close();
    write('\n');
  }
}
