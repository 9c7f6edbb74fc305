import { expect, test } from 'vitest';
import { entryOf } from '../../../src/forward/journald.ts';
import { messageText } from '../../../src/forward/syslog.ts';
import type { ForwardedLine } from '../../../src/forward/target.ts';

const line: ForwardedLine = {
  ...{ app: 'shop', unit: '1', stream: 'stdout', release: '1.2.0', text: 'hello', part: null },
  ...{ start: 0, end: 6, at: '2026-03-01T09:00:00.000Z', isExact: true },
};
const here = { facility: 'daemon', host: 'web-1' };
const DATA = '[slipway@32473 app="shop" instance="shop/1" stream="stdout" release="1.2.0"';

test('a line is a message of RFC 5424, with what it is of as structured data', () => {
  expect(messageText(line, here)).toBe(`<30>1 2026-03-01T09:00:00.000Z web-1 shop 1 stdout ${DATA}] hello`);
  expect(messageText({ ...line, stream: 'stderr' }, { ...here, facility: 'local7' })).toMatch(/^<188>1 /);
  expect(messageText({ ...line, part: 'first', isExact: false }, here)).toContain(
    `${DATA} exact="false" part="first"] hello`,
  );
});

test('what an app writes or is called forges no message', () => {
  const forged = messageText({ ...line, text: 'a\u0000b\u001b[2J\tc', release: 'x"] y\\' }, here);
  expect(forged).toBe(
    `<30>1 2026-03-01T09:00:00.000Z web-1 shop 1 stdout ${DATA.replace('1.2.0', 'x\\"\\] y\\\\')}] a\\x00b\\x1b[2J\tc`,
  );
  const long = messageText({ ...line, app: `a${'b'.repeat(99)}` }, { ...here, host: 'ä b' });
  expect(long.split(' ').slice(2, 4)).toEqual(['__b', `a${'b'.repeat(47)}`]);
});

test('a line is an entry of the journal whose message is as long as it says, whatever it holds', () => {
  const text = 'a\nPRIORITY=0\nb';
  const entry = entryOf({ ...line, text, stream: 'stderr', part: 'last', isExact: false });
  const at = entry.indexOf('MESSAGE\n');
  expect(entry.subarray(0, at).toString().trim().split('\n')).toEqual([
    ...['PRIORITY=4', 'SYSLOG_FACILITY=3', 'SYSLOG_IDENTIFIER=shop'],
    ...['SYSLOG_TIMESTAMP=2026-03-01T09:00:00.000Z', 'SLIPWAY_APP=shop', 'SLIPWAY_INSTANCE=shop/1'],
    ...['SLIPWAY_STREAM=stderr', 'SLIPWAY_RELEASE=1.2.0', 'SLIPWAY_EXACT=false', 'SLIPWAY_PART=last'],
  ]);
  const length = Number(entry.readBigUInt64LE(at + 8));
  expect(length).toBe(text.length);
  expect(entry.subarray(at + 16).toString()).toBe(`${text}\n`);
});
