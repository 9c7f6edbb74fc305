import colors from 'picocolors';
import { expect, test } from 'vitest';
import { type Output, printError } from '../../../src/cli/output/index.ts';
import { SlipwayError } from '../../../src/kernel/index.ts';

/** What a person is told of an error that names a next command, in answer to a command. */
function told(next: string, ...argv: string[]): string {
  return toldOf('failed', next, ...argv);
}

function toldOf(code: SlipwayError['code'], next: string, ...argv: string[]): string {
  let text = '';
  const channel = {
    write: (piece: string) => (text += piece),
    colors: colors.createColors(false),
    isTerminal: false,
  };
  const output = { err: channel, out: channel, json: argv.includes('--json') } as unknown as Output;
  printError(output, new SlipwayError(code, { message: 'it failed', next }), argv);
  return text;
}

test('an error names another command than the one that it is of', () => {
  const check = 'slipway config check --config /etc/slipway.yaml';
  expect(told(check, 'config', 'apply')).toContain(`next: ${check}`);
  expect(told(check, 'config', 'check')).toBe('error: it failed\n');
  expect(told(check, 'config', '--config', '/x.yaml', 'check')).toBe('error: it failed\n');
  expect(told(check, '--json', 'config', 'check', '--config=/x.yaml')).toContain('"next": null');
  expect(told('slipway releases shop', 'releases', 'web')).toContain('next: slipway releases shop');
  expect(told('df -h /srv', 'status')).toContain('next: df -h /srv');
});

test('one that was cut off may well be run again', () => {
  const deploy = 'slipway deploy shop --archive site.zip';
  for (const code of ['interrupted', 'agent_unreachable'] as const)
    expect(toldOf(code, deploy, 'deploy', 'shop', '--archive', 'site.zip')).toContain(`next: ${deploy}`);
});
