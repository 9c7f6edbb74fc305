import { expect, test } from 'vitest';
import { StepOutput } from '../../../src/deployment/step-output.ts';

function outputOf(count: number): string[] {
  const output = new StepOutput();
  for (let line = 1; line <= count; line++) output.add(String(line));
  return output.lines();
}

test('up to 2000 lines are all kept', () => {
  expect(outputOf(0)).toEqual([]);
  expect(outputOf(2000)).toEqual(Array.from({ length: 2000 }, (_, index) => String(index + 1)));
});

test.each([2001, 3000, 3001, 123_456])(
  'of %i lines the first 1000 and the last 1000 are kept, and how many are left out is said',
  (count) => {
    const lines = outputOf(count);
    expect(lines).toHaveLength(2001);
    expect([lines[0], lines[999]]).toEqual(['1', '1000']);
    expect(lines[1000]).toBe(`... (${count - 2000} lines are left out)`);
    expect([lines[1001], lines[2000]]).toEqual([String(count - 999), String(count)]);
  },
);

test('what the journal has of it stays as it is', () => {
  const lines = outputOf(5000);
  expect(new StepOutput(lines).lines()).toEqual(lines);
});

test('lines that are left out before they are added are counted with the others', () => {
  const output = new StepOutput();
  const add = (count: number) => {
    for (let line = 1; line <= count; line++) output.add(String(line));
  };
  add(1500);
  output.leaveOut({ lines: 40_000, bytes: 0 });
  add(1000);
  expect(output.lines()).toHaveLength(2001);
  expect(output.lines()[1000]).toBe('... (40500 lines are left out)');
  output.leaveOut({ lines: 1, bytes: 0 });
  add(3);
  expect(output.lines().slice(1000)).toEqual(['... (41501 lines are left out)', '1', '2', '3']);
});

test('what nobody has counted is told in bytes beside the lines that were counted', () => {
  const output = new StepOutput();
  output.leaveOut({ lines: 0, bytes: 5 * 1024 });
  for (let line = 1; line < 1500; line++) output.add(String(line));
  output.leaveOut({ lines: 0, bytes: 3 * 1024 ** 2 });
  output.add('end');
  const lines = output.lines();
  expect(lines[0]).toBe('... (5 KB are left out)');
  expect(lines.slice(1000)).toEqual(['... (500 lines and 3 MB more are left out)', 'end']);
});
