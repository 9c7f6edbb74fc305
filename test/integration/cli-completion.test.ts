import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { shop } from '../fixtures/api-states.ts';
import { type FakeAgent, serveFake } from '../fixtures/serve-fake.ts';
import { LAUNCHER, slipway } from '../fixtures/slipway.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** What bash offers when Tab is pressed at the end of `line`. */
async function offered(line: string, agent?: FakeAgent): Promise<string[]> {
  const folder = temporaryFolder();
  fs.symlinkSync(LAUNCHER, path.join(folder, 'slipway'));
  const words = line.split(' ');
  const script = `
    source <(slipway completion bash)
    COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
    _slipway
    if [ \${#COMPREPLY[@]} -gt 0 ]; then printf '%s\\n' "\${COMPREPLY[@]}"; fi`;
  const child = spawn('bash', ['--norc', '-euc', script, 'bash', ...words], {
    env: {
      PATH: `${folder}:${process.env['PATH']}`,
      SLIPWAY_SOCKET: agent?.socketPath ?? `${folder}/none.sock`,
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  for await (const text of child.stdout.setEncoding('utf8')) output += text;
  return output.split('\n').filter((word) => word !== '');
}

test('bash completes verbs', async () => {
  expect(await offered('slipway re')).toEqual(['releases', 'restart']);
  expect(await offered('slipway ')).toContain('deploy');
  expect(await offered('slipway --config /tmp/x.yaml dep')).toEqual(['deployments', 'deploy']);
});

test('bash completes the apps that the agent has', async () => {
  const agent = await serveFake();
  agent.backend.apps = [shop(), shop({ app: 'shop@staging' }), shop({ app: 'blog' })];
  expect(await offered('slipway deploy sh', agent)).toEqual(['shop', 'shop@staging']);
  expect(await offered('slipway logs ', agent)).toEqual(['shop', 'shop@staging', 'blog']);
  expect(await offered('slipway pin shop ', agent)).toEqual([]);
});

test('bash completes options, and words of a verb', async () => {
  expect(await offered('slipway deploy shop --d')).toEqual(['--dry-run', '--detach']);
  expect(await offered('slipway deploy --ver')).toEqual(['--version']);
  expect(await offered('slipway config s')).toEqual(['schema', 'show']);
  expect(await offered('slipway completion ')).toEqual(['bash', 'zsh', 'fish']);
});

test('bash completes file names for --config', async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'slipway.yaml'), '');
  expect(await offered(`slipway status --config ${folder}/sl`)).toEqual([`${folder}/slipway.yaml`]);
});

test('without an agent the apps are none, and nothing is said', async () => {
  expect(await slipway(['completion', '--apps'], { socketPath: '/nowhere.sock' })).toEqual({
    status: 0,
    signal: null,
    stdout: '',
    stderr: '',
  });
});

test('the scripts for zsh and fish name every verb and its options', async () => {
  const [zsh, fish] = await Promise.all([slipway(['completion', 'zsh']), slipway(['completion', 'fish'])]);
  for (const verb of ['status', 'deploy', 'unghost', 'completion']) {
    expect(zsh.stdout).toContain(`'${verb}:`);
    expect(fish.stdout).toContain(`-a ${verb} `);
  }
  expect(zsh.stdout).toContain('--dry-run[show what would be done, and do nothing]');
  expect(fish.stdout).toContain("__fish_seen_subcommand_from deploy' -l dry-run");
});

test('bash reads its script without complaint', async () => {
  const { stdout } = await slipway(['completion', 'bash']);
  expect(execFileSync('bash', ['-n'], { input: stdout, encoding: 'utf8' })).toBe('');
});
