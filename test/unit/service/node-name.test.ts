import os from 'node:os';
import { expect, test, vi } from 'vitest';
import { nodeName } from '../../../src/service/node-name.ts';

const SHORT_HOST = os.hostname().split('.')[0];
const nameIn = (...argv: string[]) => nodeName({ argv, alive: 'shop-1' });

test('a node is called what its VM was told on its command line', () => {
  expect(nameIn('beam.smp', '--', '-root', '/r', '-sname', 'other-1')).toBe(`other-1@${SHORT_HOST}`);
  expect(nameIn('beam.smp', '--', '-sname', 'other-1@here')).toBe('other-1@here');
  expect(nameIn('beam.smp', '--', '-name', 'shop@10.0.0.1')).toBe('shop@10.0.0.1');
  expect(nameIn('beam.smp', '--', '-name', 'shop')).toBe(`shop@${os.hostname()}`);
  // As erl takes them: one of them may stand in vm.args.
  expect(nameIn('beam.smp', '--', '-sname', 'first', '-sname', 'last')).toBe(`first@${SHORT_HOST}`);
  expect(nameIn('beam.smp', '--', '-name', 'a@10.0.0.1', '-name', 'b@10.0.0.1')).toBe('a@10.0.0.1');
  expect(nameIn('beam.smp', '--', '-name', 'long@10.0.0.1', '-sname', 'short')).toBe(`short@${SHORT_HOST}`);
});

test('before that is known, a node is called as the guide has it', () => {
  expect(nameIn()).toBe(`shop-1@${SHORT_HOST}`);
  expect(nameIn('/bin/sh', 'bin/shop', 'start')).toBe(`shop-1@${SHORT_HOST}`);
});

test('a long name is long on a host with a domain, also where it is the one that was told', () => {
  vi.spyOn(os, 'hostname').mockReturnValue('web-1.example.com');
  expect(nameIn('beam.smp', '-name', 'shop-1')).toBe('shop-1@web-1.example.com');
  expect(nameIn('beam.smp', '-sname', 'shop-1')).toBe('shop-1@web-1');
  expect(nameIn('beam.smp')).toBe('shop-1@web-1');
});
