import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { compareReleases } from '../../../../src/otp/release/index.ts';
import { releaseTree } from './ground.ts';

const APPUP = `{"2.0.0",
  [{"1.0.0", [{load_module, 'Elixir.Shop.Router', []}, {update, shop_server, {advanced, []}}]}],
  [{"1.0.0", [{load_module, 'Elixir.Shop.Router', []}]}]}.`;
const old = () => releaseTree({ version: '1.0.0', applications: { shop: '1.0.0', elixir: '1.14.0' } });
const next = (more: Partial<Parameters<typeof releaseTree>[0]> = {}) =>
  releaseTree({
    version: '2.0.0',
    appups: { shop: APPUP },
    ...more,
    applications: { shop: '2.0.0', elixir: '1.14.0', ...more.applications },
  });

test('where each application that changes has an appup from its version, the upgrade is hot', async () => {
  expect(await compareReleases({ running: old(), wanted: next() })).toEqual({
    kind: 'hot',
    direction: 'up',
    from: '1.0.0',
    to: '2.0.0',
    applications: [
      {
        name: 'shop',
        from: '1.0.0',
        to: '2.0.0',
        modules: ['Shop.Router', 'shop_server'],
        instructions: ["{load_module,'Elixir.Shop.Router',[]}", '{update,shop_server,{advanced,[]}}'],
      },
    ],
  });
});

test('the way back is hot by the appup of the running release', async () => {
  expect(await compareReleases({ running: next(), wanted: old() })).toMatchObject({
    kind: 'hot',
    direction: 'down',
    from: '2.0.0',
    to: '1.0.0',
    applications: [{ name: 'shop', from: '2.0.0', to: '1.0.0', modules: ['Shop.Router'] }],
  });
});

test('what is older than what is tried is not changed while it runs', async () => {
  const tree = (version: string) => releaseTree({ version, erts: '11.2', applications: { shop: version } });
  const [running, wanted] = [tree('1.0.0'), tree('2.0.0')];
  expect(await compareReleases({ running, wanted })).toEqual({
    kind: 'full',
    reason: 'OTP 23 is older than 25, the first that is tried',
  });
});

test('applications that are added or removed need no appup', async () => {
  const wanted = next({ applications: { elixir: '', cache: '0.1.0' } });
  expect(await compareReleases({ running: old(), wanted })).toMatchObject({
    kind: 'hot',
    applications: [
      { name: 'shop' },
      { name: 'cache', from: null, to: '0.1.0' },
      { name: 'elixir', from: '1.14.0', to: null },
    ],
  });
});

test('a regular expression stands for versions that it matches as a whole', async () => {
  const from = (pattern: string) => next({ appups: { shop: `{"2.0.0", [{<<"${pattern}">>, []}], []}.` } });
  expect(await compareReleases({ running: old(), wanted: from('1\\\\.[0-9]+\\\\.0') })).toMatchObject({
    kind: 'hot',
  });
  for (const pattern of ['1\\\\.0', '.\\\\.0\\\\.0.', '1[', '(?>1)(*ACCEPT)'])
    expect(await compareReleases({ running: old(), wanted: from(pattern) })).toEqual({
      kind: 'full',
      reason: 'the appup of shop 2.0.0 has no way from 1.0.0',
    });
});

test.each<[string, Partial<Parameters<typeof releaseTree>[0]>, string]>([
  ['no appup', { appups: {} }, 'shop 1.0.0 -> 2.0.0 has no appup'],
  ['another Elixir', { applications: { elixir: '1.15.0' } }, 'elixir 1.14.0 -> 1.15.0 has no appup'],
  ['another Erlang', { erts: '14.0' }, 'erts 13.1.5 -> 14.0'],
  [
    'from elsewhere',
    { appups: { shop: '{"2.0.0", [{"1.5.0", []}], []}.' } },
    'the appup of shop 2.0.0 has no way from 1.0.0',
  ],
  [
    'for elsewhere',
    { appups: { shop: '{"3.0.0", [{"1.0.0", []}], []}.' } },
    'the appup of shop 2.0.0 is for 3.0.0',
  ],
  [
    'a restart',
    { appups: { shop: '{"2.0.0", [{"1.0.0", [restart_new_emulator]}], []}.' } },
    'the appup of shop 1.0.0 -> 2.0.0 asks for a restart of the VM',
  ],
  [
    'json',
    { jellyfish: { shop: { from: '1.5.0', to: '2.0.0' } } },
    'the jellyfish.json of shop 2.0.0 is for 1.5.0 -> 2.0.0, not from 1.0.0',
  ],
  ['the same version', { version: '1.0.0' }, 'both releases call themselves 1.0.0'],
  ['another name', { name: 'store' }, 'the release shop becomes store'],
  ['no Erlang', { withErts: false }, 'shop 2.0.0 brings no Erlang of its own (include_erts)'],
  [
    'no sasl',
    { applications: { sasl: '' } },
    'shop 2.0.0 has no application sasl, which holds the release handler',
  ],
  [
    'changed code',
    { code: { elixir: 'other' } },
    'elixir 1.14.0 has other code in the two releases (elixir)',
  ],
])('a full deployment says why: %s', async (_, more, reason) => {
  expect(await compareReleases({ running: old(), wanted: next(more) })).toEqual({ kind: 'full', reason });
});

test('a regular expression that takes for ever stands for no version', async () => {
  const version = `1.${'0'.repeat(60)}`;
  const running = releaseTree({ version: '1.0.0', applications: { shop: version } });
  const wanted = releaseTree({
    version: '2.0.0',
    applications: { shop: '2.0.0' },
    appups: { shop: '{"2.0.0", [{<<"1.(0+)+$x">>, []}], []}.' },
  });
  expect(await compareReleases({ running, wanted })).toMatchObject({
    kind: 'full',
    reason: `the appup of shop 2.0.0 has no way from ${version}`,
  });
});

test('a relup that a release brings needs no appup, up and back', async () => {
  const wanted = next({ appups: {} });
  fs.writeFileSync(
    path.join(wanted, 'releases/2.0.0/relup'),
    `{"2.0.0", [{"1.0.0", [], [{load_object_code,{shop,"2.0.0",[shop_server]}}, point_of_no_return]}],
      [{"1.0.0", [], [point_of_no_return]}]}.`,
  );
  expect(await compareReleases({ running: old(), wanted })).toEqual({
    kind: 'hot',
    direction: 'up',
    from: '1.0.0',
    to: '2.0.0',
    applications: [
      {
        name: 'shop',
        from: '1.0.0',
        to: '2.0.0',
        modules: ['shop_server'],
        instructions: ['{load_object_code,{shop,"2.0.0",[shop_server]}}'],
      },
    ],
  });
  expect(await compareReleases({ running: wanted, wanted: old() })).toMatchObject({
    kind: 'hot',
    direction: 'down',
    applications: [{ name: 'shop', from: '2.0.0', to: '1.0.0', modules: [] }],
  });
});

test('a relup that restarts the VM is a full deployment, whatever the appups say', async () => {
  const wanted = next();
  fs.writeFileSync(
    path.join(wanted, 'releases/2.0.0/relup'),
    '{"2.0.0", [{"1.0.0", [], [point_of_no_return, restart_emulator]}], []}.',
  );
  expect(await compareReleases({ running: old(), wanted })).toEqual({
    kind: 'full',
    reason: 'the relup from 1.0.0 to 2.0.0 restarts the VM',
  });
});

test('a jellyfish.json that says the same changes nothing', async () => {
  const jellyfish = { shop: { name: 'shop', type: 'project', from: '1.0.0', to: '2.0.0' } };
  expect(await compareReleases({ running: old(), wanted: next({ jellyfish }) })).toMatchObject({
    kind: 'hot',
  });
});

test('what cannot be read is a full deployment, with the file and the line', async () => {
  const broken = await compareReleases({
    running: old(),
    wanted: next({ appups: { shop: '{"2.0.0",\n [{' } }),
  });
  expect(broken).toMatchObject({ kind: 'full', reason: expect.stringMatching(/shop\.appup .*line 2/) });
  const wanted = next();
  fs.rmSync(path.join(wanted, 'releases/start_erl.data'));
  expect(await compareReleases({ running: old(), wanted })).toMatchObject({
    kind: 'full',
    reason: expect.stringContaining('start_erl.data'),
  });
});

test('code compiled in another folder is the same code', async () => {
  const beam = (compileInfo: string) => {
    const chunk = (name: string, content: string) => {
      const size = Buffer.alloc(4);
      size.writeUInt32BE(content.length);
      return Buffer.concat([
        Buffer.from(name),
        size,
        Buffer.from(content),
        Buffer.alloc((4 - (content.length % 4)) % 4),
      ]);
    };
    const body = Buffer.concat([
      chunk('AtU8', 'atoms'),
      chunk('CInf', compileInfo),
      chunk('Code', 'the code'),
    ]);
    return Buffer.concat([Buffer.from('FOR1\0\0\0\0BEAM'), body]).toString('latin1');
  };
  const [running, wanted] = [old(), next()];
  const place = (root: string) => path.join(root, 'lib/elixir-1.14.0/ebin/elixir.beam');
  fs.writeFileSync(place(running), beam('/here'));
  fs.writeFileSync(place(wanted), beam('/somewhere/else'));
  expect(await compareReleases({ running, wanted })).toMatchObject({ kind: 'hot' });
});
