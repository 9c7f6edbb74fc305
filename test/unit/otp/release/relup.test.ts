import { expect, test } from 'vitest';
import { findScript, relupText } from '../../../../src/otp/release/relup.ts';
import { atom, format, type Term } from '../../../../src/otp/term/index.ts';
import { parseText } from '../../../../src/otp/term/text.ts';

const RELUP = parseText(`{"2", [{"0", [], []},
  {"1", "to two", [{load_object_code, {shop, "2", [a, b]}}, point_of_no_return,
    {suspend, [a]}, {load, {a, brutal_purge, brutal_purge}}, {code_change, up, [{a, []}]}, {resume, [a]},
    {remove, {b, soft_purge, brutal_purge}}, {purge, [b, c]}]}],
  [{"1", [], [point_of_no_return]}]}.`)[0] as Term;

test('the script of a way is found up and down', () => {
  expect(findScript(RELUP, { from: '1', to: '2' })?.instructions).toHaveLength(8);
  expect(findScript(RELUP, { from: '2', to: '1' })?.instructions).toEqual([atom('point_of_no_return')]);
  expect(findScript(RELUP, { from: '0', to: '2' })).toEqual({ description: [], instructions: [] });
  expect(findScript(RELUP, { from: '2', to: '0' })).toBeNull();
  expect(findScript(RELUP, { from: '1', to: '3' })).toBeNull();
  expect(findScript(atom('nonsense'), { from: '1', to: '2' })).toBeNull();
});

test('old code is purged softly, and what switches stands right after the point of no return', () => {
  const script = findScript(RELUP, { from: '1', to: '2' }) as never;
  const options = { from: '1', to: '2', script, switching: [atom('switch')], last: [atom('last')] };
  const text = relupText({ ...options, brutal: false });
  expect(format(parseText(text)[0] as Term)).toBe(
    '{"2",[{"1","to two",[{load_object_code,{shop,"2",[a,b]}},point_of_no_return,switch,' +
      '{suspend,[a]},{apply,{persistent_term,put,[slipway_loading,a]}},{load,{a,soft_purge,soft_purge}},' +
      '{code_change,up,[{a,[]}]},{resume,[a]},' +
      '{apply,{persistent_term,put,[slipway_loading,b]}},{remove,{b,soft_purge,soft_purge}},{apply,{code,soft_purge,[b]}},{apply,{code,soft_purge,[c]}},last]}],[]}',
  );
  // Who runs the code before is ended only where that was asked for; who runs the present one never is.
  const brutal = relupText({ ...options, brutal: true });
  expect(brutal).toContain('{load,{a,brutal_purge,soft_purge}}');
  expect(brutal).toContain('{remove,{b,brutal_purge,soft_purge}}');
});

test('without a point of no return everything is after it', () => {
  const script = { description: [], instructions: [atom('one')] };
  const text = relupText({
    from: '1',
    to: '2',
    script,
    switching: [atom('switch')],
    last: [],
    brutal: false,
  });
  expect(text).toContain('[switch,one]');
});
