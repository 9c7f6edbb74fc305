import { expect, test } from 'vitest';
import { parseExit, parseStart } from '../../../src/supervisor/holder.ts';
import { parseStat } from '../../../src/supervisor/proc.ts';
import { formatRunId, parseRunId } from '../../../src/supervisor/run.ts';

test('an exit status and a signal of the same number are told apart, as dash and as bash say it', () => {
  expect(parseExit('[1] + Done(137)                  \n137\n')).toEqual({ status: 137, signalNumber: null });
  expect(parseExit('[1] + Killed                     \n137\n')).toEqual({ status: null, signalNumber: 9 });
  expect(parseExit('[1] + Done                       \n0\n')).toEqual({ status: 0, signalNumber: null });
  expect(parseExit('[1]+  Exit 143                 program\n143\n')).toEqual({
    status: 143,
    signalNumber: null,
  });
  expect(parseExit('[1]+  Terminated               program\n143\n')).toEqual({
    status: null,
    signalNumber: 15,
  });
});

test('files that are not written to their end are not taken for whole', () => {
  const exit = '[1] + Done(3)                  \n3\n';
  for (let length = 0; length < exit.length; length++) expect(parseExit(exit.slice(0, length))).toBeNull();
  const stat = (pid: number) => `${pid} (sh) S 1 2 3 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 1 2 3\n`;
  const start = `boot folder pid:[1]\n${stat(12)}${stat(13)}`;
  for (let length = 0; length < start.length; length++) expect(parseStart(start.slice(0, length))).toBeNull();
  expect(parseStart(start)).toMatchObject({
    ...{ bootId: 'boot', folderId: 'folder', pidNamespace: 'pid:[1]' },
    ...{ holder: { pid: 12, startTicks: 4242 }, main: { pid: 13, startTicks: 4242 } },
  });
  // As a version before wrote it.
  const former = `boot ${stat(14)}`;
  for (let length = 0; length < former.length; length++)
    expect(parseStart(former.slice(0, length))).toBeNull();
  expect(parseStart(former)).toMatchObject({ bootId: 'boot', folderId: null, main: { pid: 14 } });
});

test('a command of any name does not mislead the reader of /proc', () => {
  expect(parseStat('12 (a) b) (c) S 7 8 9 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4242 1')).toMatchObject({
    pid: 12,
    command: 'a) b) (c',
    parentPid: 7,
    groupId: 8,
    sessionId: 9,
    startTicks: 4242,
  });
  expect(parseStat('nonsense')).toBeNull();
});

test('the id of a run says what it runs, and nothing else is taken for one', () => {
  const name = { app: 'web@staging', unit: 'pre-12-1', release: 7, generation: 2 };
  expect(parseRunId(formatRunId(name, 'abc12'))).toEqual(name);
  expect(parseRunId('../../etc/passwd')).toBeNull();
  expect(parseRunId('web.1.7.x.abc')).toBeNull();
});
