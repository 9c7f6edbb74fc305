import { describe, expect, it } from 'vitest';
import { parseNodeName } from '../../../src/otp/node-name.ts';

describe('a node name', () => {
  it.each([
    ['shop-1@host', 'shop-1', 'host'],
    ['shop@host.example.org', 'shop', 'host.example.org'],
    ['a@127.0.0.1', 'a', '127.0.0.1'],
  ])('%s has two halves', (name, alive, host) => {
    expect(parseNodeName(name)).toEqual({ alive, host });
  });

  it.each(['', '@', 'shop', 'shop@', '@host', 'a@b@c', 'sh op@host', 'shop@ho\0st', 'größe@host'])(
    '%j is none',
    (name) => {
      expect(() => parseNodeName(name)).toThrow(expect.objectContaining({ code: 'otp_name' }));
    },
  );

  it('has 255 characters at most', () => {
    const name = `${'a'.repeat(250)}@host`;
    expect(parseNodeName(name).host).toBe('host');
    expect(() => parseNodeName(`a${name}`)).toThrow('no name of an Erlang node');
  });
});
