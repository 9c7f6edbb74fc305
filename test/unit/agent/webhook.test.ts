import { expect, test } from 'vitest';
import { Webhooks } from '../../../src/agent/webhook.ts';
import { ManualClock } from '../../support/clock.ts';

test('of refused webhooks a line a second is written, with how many there were', () => {
  const clock = new ManualClock();
  const lines: string[] = [];
  const webhooks = new Webhooks({ clock, write: (line) => lines.push(line) });
  const send = (times: number) => {
    for (let i = 0; i < times; i++)
      expect(() =>
        webhooks.answer(null, { app: 'no\nsuch', headers: {}, body: Buffer.from('the body') }),
      ).toThrow('there is no such webhook');
  };
  send(500);
  expect(lines).toEqual(['webhook refused: there is no such webhook']);
  clock.advance(1000);
  expect(lines.slice(1)).toEqual(['webhook refused: 499 more since then']);
  send(3);
  expect(lines).toHaveLength(2);
  clock.advance(1000);
  expect(lines.slice(2)).toEqual(['webhook refused: 3 more since then']);
  clock.advance(1000);
  expect(lines).toHaveLength(3);
  send(1);
  expect(lines.slice(3)).toEqual(['webhook refused: there is no such webhook']);
});
