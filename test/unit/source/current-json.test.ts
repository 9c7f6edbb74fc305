import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isVersion } from '../../../src/kernel/index.ts';
import { parseCurrentJson } from '../../../src/source/current-json.ts';

function parse(text: string) {
  return parseCurrentJson(Buffer.from(text));
}

function reasonOf(text: string): string {
  const parsed = parse(text);
  return 'reason' in parsed ? parsed.reason : `accepted: ${JSON.stringify(parsed)}`;
}

function publicationOf(text: string) {
  const parsed = parse(text);
  if ('reason' in parsed) throw new Error(parsed.reason);
  return parsed.publication;
}

describe('current.json', () => {
  test("takes the file of DeployEx's guide", () => {
    expect(
      publicationOf('{"version":"0.1.0","pre_commands": ["eval A.create", "eval A.migrate"],"hash":"local"}'),
    ).toEqual({
      version: '0.1.0',
      hash: 'local',
      sha256: null,
      commit: 'local',
      preCommands: ['eval A.create', 'eval A.migrate'],
    });
  });

  test.each([
    '{"version":"1"}',
    '{"version":"1","hash":null,"pre_commands":null}',
    '{"version":"1","hash":"","x":{}}',
  ])('may do without hash and pre-commands: %s', (text) => {
    expect(publicationOf(text)).toEqual({
      version: '1',
      hash: null,
      sha256: null,
      commit: null,
      preCommands: [],
    });
  });

  test('may begin with a byte order mark', () => {
    expect(publicationOf('\uFEFF{"version":"1"}').version).toBe('1');
  });

  test('keeps the hash as it was written and the digest in lower case', () => {
    const hash = `SHA256:${'Ab'.repeat(32)}`;
    expect(publicationOf(JSON.stringify({ version: '1', hash }))).toMatchObject({
      hash,
      sha256: 'ab'.repeat(32),
      commit: null,
    });
  });

  test.each([
    ['', 'is empty'],
    [' \n', 'is empty'],
    ['{"version": "1.0', 'is not JSON: line 1 column 17: unterminated string'],
    ['{\n"version":', 'is not JSON: line 2 column 11: unexpected end'],
    ['{\n\n    "version": x}', "is not JSON: line 3 column 16: unexpected token 'x'"],
    ['{"version": "1",\n}', 'is not JSON: line 2 column 1: expected double-quoted property name'],
    ['{"version": "1"}{', 'is not JSON: line 1 column 17: unexpected non-whitespace character after'],
    ['NaN', 'is not JSON: line 1 column 1: unexpected text'],
    ['undefined', 'is not JSON: line 1 column 1: unexpected text'],
    ['{"version": "1", "x": 😀}', 'is not JSON: line 1 column 23: unexpected token'],
    ['[]', 'holds [] in place of an object'],
    ['"1.0.0"', 'holds "1.0.0" in place of an object'],
    ['null', 'holds null in place of an object'],
    ['{}', 'has no "version"'],
    ['{"version": 1}', 'has the number 1 as "version": write it in quotes, "1"'],
    ['{"version": ["1"]}', 'has ["1"] as "version", which must be a string'],
    ['{"version": ""}', 'has "" as "version", which is not of the form'],
    [
      '{"version": "../../etc"}',
      'has "../../etc" as "version", which is not of the form [A-Za-z0-9][A-Za-z0-9._+~-]*',
    ],
    ['{"version": "1\\n"}', 'has "1\\n" as "version", which is not of the form'],
    ['{"version": "1", "hash": 12}', 'has 12 as "hash", which must be a string'],
    [
      '{"version": "1", "hash": "sha256:12"}',
      'has "sha256:12" as "hash": after sha256: come 64 hexadecimal digits',
    ],
    ['{"version": "1", "hash": "\\u001b[31m"}', 'none of them a control character'],
    [
      '{"version": "1", "pre_commands": "eval x"}',
      'has "eval x" as "pre_commands", which must be a list of strings',
    ],
    [
      '{"version": "1", "pre_commands": ["a", 1]}',
      'has 1 as "pre_commands" number 2, which must be a string',
    ],
    ['{"version": "1", "pre_commands": [" "]}', 'has an empty string as "pre_commands" number 1'],
    [
      '{"version": "1", "pre_commands": ["a\\u0000"]}',
      'has "pre_commands" number 1 with more than 4096 characters or a NUL',
    ],
  ])('refuses %j in words', (text, reason) => {
    expect(reasonOf(text)).toContain(reason);
  });

  test('is bounded in size, hash, and number and length of pre-commands', () => {
    const fields = (more: object) => JSON.stringify({ version: '1', ...more });
    expect(reasonOf(fields({ x: 'x'.repeat(1024 * 1024) }))).toContain('is larger than 1048576 bytes');
    expect(reasonOf(fields({ hash: 'x'.repeat(257) }))).toContain('at most 256 characters');
    expect(reasonOf(fields({ pre_commands: Array(101).fill('a') }))).toContain('has 101 "pre_commands"');
    expect(reasonOf(fields({ pre_commands: ['a'.repeat(4097)] }))).toContain('more than 4096 characters');
    expect(
      publicationOf(fields({ pre_commands: Array(100).fill('a'.repeat(4096)) })).preCommands,
    ).toHaveLength(100);
  });

  test('refuses what is not UTF-8, such as the UTF-16 that PowerShell writes', () => {
    expect(parseCurrentJson(Buffer.from('\uFEFF{"version":"1"}', 'utf16le'))).toEqual({
      reason: 'is not UTF-8 text',
    });
  });

  test('does not quote what stands around a fault', () => {
    expect(reasonOf('{"version": "1", "pre_commands": ["eval hunter2" x]}')).not.toContain('hunter2');
  });

  test('gives for any bytes a publication with a sound version or a reason, and never throws', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.uint8Array({ maxLength: 200 }),
          fc.json().map((text) => Buffer.from(text)),
        ),
        (bytes) => {
          const parsed = parseCurrentJson(bytes);
          expect('reason' in parsed ? parsed.reason !== '' : isVersion(parsed.publication.version)).toBe(
            true,
          );
        },
      ),
    );
  });

  test('names line and column of a stray character wherever it stands', () => {
    const text = '{\n  "version": "1.0.0",\n  "pre_commands": [],\n  "x": [true, null, 1.5, {}]\n}';
    fc.assert(
      fc.property(fc.integer({ min: 0, max: text.length }), (offset) => {
        // Inside of a string it is no fault; \x01 is one everywhere.
        const reason = reasonOf(`${text.slice(0, offset)}\x01${text.slice(offset)}`);
        const line = text.slice(0, offset).split('\n').length;
        const column = offset - text.lastIndexOf('\n', offset - 1);
        expect(reason).toContain(`line ${line} column ${column}:`);
      }),
    );
  });

  test('is refused wherever it is cut short', () => {
    const text = '{"version": "1.0.0", "hash": "abc", "pre_commands": ["eval A.b"]}';
    for (let length = 0; length < text.length; length++)
      expect(reasonOf(text.slice(0, length))).toMatch(/^is (empty|not JSON: line 1 column \d+: )/);
  });
});
