import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { loadConfiguration } from '../../../src/config/index.ts';
import { judgeGround, judgeLimits } from '../../../src/doctor/control-groups.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const GROUND = {
  isRoot: true,
  kernel: '5.14.0-1-amd64',
  mount: '/sys/fs/cgroup',
  controllers: ['cpuset', 'cpu', 'memory', 'pids'],
};

test('what is not guaranteed without control groups is told, with what gives them', () => {
  expect(judgeGround(GROUND)).toEqual([
    { name: 'control groups', state: 'ok', message: '/sys/fs/cgroup', mend: null, note: null },
  ]);
  for (const ground of [
    { ...GROUND, isRoot: false },
    { ...GROUND, mount: null },
  ]) {
    const [check] = judgeGround(ground);
    expect(check?.state).toBe('warn');
    expect(check?.message).toMatch(
      /leaves its session .* is not found .* limits of memory, cpu and tasks are not in force/,
    );
  }
  expect(judgeGround({ ...GROUND, mount: null })[0]?.mend).toContain('mount -t cgroup2');
});

test('a kernel without cgroup.kill is told', () => {
  for (const kernel of ['4.19.0-21-amd64', '5.13.19-6-pve', '5.4.0'])
    expect(judgeGround({ ...GROUND, kernel })).toMatchObject([
      { state: 'warn', message: expect.stringContaining('no cgroup.kill') },
    ]);
  for (const kernel of ['5.14.0', '5.15.0-91-generic', '6.1.0'])
    expect(judgeGround({ ...GROUND, kernel })).toMatchObject([{ state: 'ok' }]);
});

test('limits that the host cannot set are a failure, those of files it can always', () => {
  const [web, shop] = apps(`
- { name: web, kind: service, runtime: command, start: "true", source: { type: upload }, limits: { memory: 64MB, tasks: 10, files: 100 } }
- name: shop
  kind: site
  source: { type: upload }
  workers: [{ name: queue, command: "true", limits: { cpu: 50% } }, { name: mail, command: "true", limits: { files: 100 } }]
`);
  if (!web || !shop) throw new Error('no apps');
  expect(judgeLimits(web, GROUND)).toEqual([]);
  const hybrid = { ...GROUND, controllers: ['hugetlb'] };
  expect(judgeLimits(web, hybrid)).toMatchObject([
    {
      name: 'limits',
      state: 'fail',
      message: expect.stringMatching(/^web has limits .* memory, pids here$/),
      mend: expect.stringContaining('systemd.unified_cgroup_hierarchy=1'),
    },
  ]);
  expect(judgeLimits(shop, hybrid)).toMatchObject([{ message: expect.stringMatching(/ cpu here$/) }]);
  expect(judgeLimits(web, { ...GROUND, isRoot: false })).toMatchObject([{ state: 'fail', mend: null }]);
});

function apps(text: string) {
  const file = path.join(temporaryFolder(), 'slipway.yaml');
  fs.writeFileSync(file, `apps:${text}`);
  return loadConfiguration({ file, env: {} }).apps;
}
