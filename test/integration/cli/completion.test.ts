import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { AT, instance, shop } from '../../fixtures/api-states.ts';
import { type FakeAgent, serveFake } from '../../fixtures/serve-fake.ts';
import { LAUNCHER, slipway } from '../../fixtures/slipway.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { PersonsTerminal } from '../../support/terminal.ts';

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
  expect(await offered('slipway re')).toEqual(['releases', 'restart', 'restore']);
  expect(await offered('slipway ')).toContain('deploy');
  expect(await offered('slipway --config /tmp/x.yaml dep')).toEqual(['deployments', 'deploy']);
});

test('bash completes the apps that the agent has', async () => {
  const agent = await serveFake();
  agent.backend.apps = [shop(), shop({ app: 'shop@staging' }), shop({ app: 'blog' })];
  expect(await offered('slipway deploy sh', agent)).toEqual(['shop', 'shop@staging']);
  expect(await offered('slipway releases ', agent)).toEqual(['shop', 'shop@staging', 'blog']);
  expect(await offered('slipway pin shop ', agent)).toEqual([]);
});

test('bash completes instances and workers', async () => {
  const agent = await serveFake();
  const instances = ['shop/queue.1', 'shop/queue.2', 'shop/mail.1'].map((name) =>
    instance({ instance: name }),
  );
  agent.backend.apps = [shop({ kind: 'site', instances }), shop({ app: 'api', instances: [] })];
  expect(await offered('slipway restart ', agent)).toEqual([
    'shop',
    'shop/queue',
    'shop/mail',
    'shop/queue.1',
    'shop/queue.2',
    'shop/mail.1',
    'api',
  ]);
  expect(await offered('slipway logs shop/q', agent)).toContain('shop/queue.1');
  agent.backend.apps = [shop({ instances: [instance({ instance: 'shop/1' })] })];
  expect(await offered('slipway stop shop/', agent)).toEqual(['shop/1']);
});

test('bash completes what stands after the app', async () => {
  const agent = await serveFake();
  const { backend } = agent;
  backend.apps = [shop({ kind: 'site' }), shop({ app: 'blog' })];
  backend.cronEntries = [{ name: 'report', schedule: '@daily', next_at: null, running: false, runs: [] }];
  backend.variables = ['APP_URL', 'DEBUG'].map((name) => ({ name, value: '' }));
  backend.secretList = [{ name: 'NPM_TOKEN', set_at: AT }];
  expect(await offered('slipway env s', agent)).toEqual(['shop']);
  expect(await offered('slipway env shop ', agent)).toEqual(['list', 'set', 'unset']);
  expect(await offered('slipway env shop unset ', agent)).toEqual(['APP_URL', 'DEBUG']);
  expect(await offered('slipway env shop unset DEBUG A', agent)).toEqual(['APP_URL']);
  expect(await offered('slipway env shop --re', agent)).toEqual(['--reveal']);
  expect(await offered('slipway secret shop unset ', agent)).toEqual(['NPM_TOKEN']);
  expect(await offered('slipway maintenance shop o', agent)).toEqual(['on', 'off']);
  expect(await offered('slipway cron shop run ', agent)).toEqual(['report']);
  expect(await offered('slipway cron --timeout 5s shop r', agent)).toEqual(['run']);
});

test('bash completes options, and words of a verb', async () => {
  expect(await offered('slipway deploy shop --d')).toEqual(['--dry-run', '--detach']);
  expect(await offered('slipway deploy --ver')).toEqual(['--version']);
  expect(await offered('slipway config s')).toEqual(['schema', 'show']);
  expect(await offered('slipway completion ')).toEqual(['bash', 'zsh', 'fish']);
});

test('bash completes file names where a file is meant', async () => {
  const folder = temporaryFolder();
  fs.writeFileSync(path.join(folder, 'slipway.yaml'), '');
  expect(await offered(`slipway status --config ${folder}/sl`)).toEqual([`${folder}/slipway.yaml`]);
  expect(await offered(`slipway deploy shop --archive ${folder}/sl`)).toEqual([`${folder}/slipway.yaml`]);
});

test('without an agent the apps are none, and nothing is said', async () => {
  expect(await slipway(['completion', '--offer', 'apps'], { socketPath: '/nowhere.sock' })).toEqual({
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
  expect(zsh.stdout).toMatch(
    / env\) .*'1:word: _slipway_offer apps' '2:word:\(list set unset\)' '\*:word: _slipway_offer var/,
  );
  expect(fish.stdout).toContain(`-n '__slipway_at env 1 no' -a unset`);
  expect(fish.stdout).toContain(`-n '__slipway_at env 2 more' -a '(__slipway_offer variables)'`);
});

test('zsh and fish themselves complete a verb when Tab is pressed', async () => {
  const folder = temporaryFolder();
  fs.symlinkSync(LAUNCHER, path.join(folder, 'slipway'));
  const PATH = `${folder}:${process.env['PATH']}`;
  const env = { PATH, HOME: folder, SLIPWAY_SOCKET: `${folder}/none.sock` };
  const completes = async (argv: string[], load: string) => {
    const shell = new PersonsTerminal([], { argv, env });
    await shell.ask(`${load}; echo re''ady`, /ready\r/);
    shell.type('slipway deplo\t\t');
    await shell.until(/deployments/);
  };
  await completes(['fish', '--no-config', '-i'], 'slipway completion fish | source');
  await completes(
    ['zsh', '-f', '-i'],
    'autoload -Uz compinit; compinit -D -u; source <(slipway completion zsh)',
  );
});

test('where a file or a folder is meant, zsh and fish offer them, as bash does itself', async () => {
  const scripts = await Promise.all(['zsh', 'fish', 'bash'].map((shell) => slipway(['completion', shell])));
  const [zsh = '', fish = '', bash = ''] = scripts.map(({ stdout }) => stdout);
  for (const verb of ['publish', 'backup', 'restore'])
    expect(zsh).toMatch(new RegExp(` ${verb}\\) .*'1:word:_files' ;;`));
  expect(zsh).toMatch(/ init\) .*'1:word:_files -\/' ;;/);
  expect(zsh).toMatch(/ import\) .*--print.*'1:word:\(deployex\)' '2:word:_files' ;;/);
  expect(fish).toContain("-n '__slipway_at restore 0 no' -F\n");
  expect(fish).toContain("-n '__slipway_at init 0 no' -a '(__fish_complete_directories)'\n");
  expect(fish).toContain("-n '__slipway_at keys 1 no' -F\n");
  expect(bash).toContain('\ncomplete -o default -F _slipway slipway\n');
});

test('bash reads its script without complaint', async () => {
  const { stdout } = await slipway(['completion', 'bash']);
  expect(execFileSync('bash', ['-n'], { input: stdout, encoding: 'utf8' })).toBe('');
});
