import { describe, expect, it } from 'vitest';
import { encodePortPlease, readPort } from '../../../src/otp/epmd-messages.ts';

const ANSWER = Buffer.from('7700a01f4d00000600050006', 'hex');
const answer = (name: string, extra = '') =>
  Buffer.concat([ANSWER, Buffer.from(name), Buffer.from([0, extra.length]), Buffer.from(extra)]);

describe('a question to epmd', () => {
  it('is the length, the tag and the name', () => {
    expect(Buffer.from(encodePortPlease('shop-1')).toString('hex')).toBe(
      `00077a${Buffer.from('shop-1').toString('hex')}`,
    );
  });
});

describe('an answer of epmd', () => {
  it('has the port and the versions of a node', () => {
    expect(readPort(answer('shop-1', 'x'))).toEqual({
      port: 0xa01f,
      highestVersion: 6,
      lowestVersion: 5,
      name: 'shop-1',
    });
  });

  it('is waited for to the last byte of the name', () => {
    const whole = answer('shop-1').subarray(0, -2);
    for (let length = 0; length < whole.length; length++)
      expect(readPort(whole.subarray(0, length)), `${length} bytes`).toBeNull();
    expect(readPort(whole)).not.toBeNull();
  });

  it.each([1, 2, 255])('with the result %i says that there is no such node', (result) => {
    expect(readPort(Buffer.from([119, result]))).toBe('unknown');
  });

  it('begins as no other protocol does', () => {
    expect(() => readPort(Buffer.from('HTTP/1.1 400 Bad Request'))).toThrow(
      expect.objectContaining({ code: 'otp_refused' }),
    );
  });
});
