import { expect, test } from 'vitest';
import { judgeScope } from '../../../src/doctor/scope.ts';
import { judgeUnit } from '../../../src/doctor/systemd.ts';

const GOOD = {
  LoadState: 'loaded',
  Slice: 'slipway.slice',
  Delegate: 'no',
  KillMode: 'process',
  OOMPolicy: 'continue',
  Restart: 'always',
  PrivateTmp: 'no',
  ProtectSystem: 'no',
  NoNewPrivileges: 'no',
  SystemCallFilter: '',
};
const judged = (change: object, version = 252) =>
  judgeUnit(new Map(Object.entries({ ...GOOD, ...change })), version);

test('a unit as the README has it is well', () => {
  expect(judged({})).toEqual([
    { name: 'unit', state: 'ok', message: 'slipway.service', mend: null, note: null },
  ]);
  expect(judged({ SystemCallFilter: '~' })).toMatchObject([{ state: 'ok' }]);
  expect(judged({ LoadState: 'not-found', KillMode: 'control-group' })).toEqual([]);
});

test.each([
  { change: { KillMode: 'control-group' }, message: /has KillMode=control-group: .*set KillMode=process$/ },
  { change: { OOMPolicy: 'stop' }, message: /has OOMPolicy=stop: .*set OOMPolicy=continue$/ },
  { change: { Restart: 'on-failure' }, message: /would not come back; set Restart=always$/ },
  { change: { PrivateTmp: 'yes' }, message: /a \/tmp of their own; set PrivateTmp=no$/ },
  { change: { ProtectSystem: 'strict' }, message: /has ProtectSystem=strict/ },
  { change: { NoNewPrivileges: 'yes' }, message: /su and sudo/ },
  {
    change: { SystemCallFilter: '~@mount' },
    message: /has SystemCallFilter=~@mount: .*set SystemCallFilter=$/,
  },
  {
    change: { Delegate: 'yes' },
    message: /systemd 252 does not start it again \(219\/CGROUP\); set Delegate=no$/,
  },
])('a unit with $change is found, with what mends it', ({ change, message }) => {
  const found = judged(change);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatchObject({ name: 'unit', state: 'fail', mend: 'systemctl edit slipway' });
  expect(found[0]?.message).toMatch(message);
});

test('a systemd that starts a delegated unit again may have one; another slice is a warning', () => {
  expect(judged({ Delegate: 'yes' }, 254)).toMatchObject([{ state: 'ok' }]);
  expect(judged({ Slice: 'system.slice' })).toMatchObject([
    { state: 'warn', message: expect.stringContaining('set Slice=slipway.slice') },
  ]);
});

const SCOPE = new Map([
  ['ActiveState', 'active'],
  ['ControlGroup', '/slipway.slice/slipway-apps.scope'],
]);

test('processes that are not in the scope are named, and a scope that is not there', () => {
  const inside = { instance: 'web/1', pid: 10, group: '/slipway.slice/slipway-apps.scope/1a/web.1.1.0.x' };
  const beside = { instance: 'web/2', pid: 11, group: '/slipway.slice/slipway-apps.scope2/web.2.1.0.x' };
  const outside = { instance: 'web/3', pid: 12, group: '/system.slice/slipway.service' };
  expect(judgeScope(SCOPE, [inside])).toMatchObject([{ name: 'scope', state: 'ok' }]);
  expect(judgeScope(SCOPE, [inside, beside, outside])).toMatchObject([
    {
      state: 'fail',
      message: expect.stringContaining('web/2 (pid 11) is in'),
      mend: 'slipway restart web/2',
    },
    { state: 'fail', mend: 'slipway restart web/3' },
  ]);
  expect(judgeScope(new Map([['ActiveState', 'inactive']]), [inside])).toMatchObject([
    { state: 'warn', message: expect.stringContaining('is inactive'), mend: 'systemctl restart slipway' },
  ]);
});
