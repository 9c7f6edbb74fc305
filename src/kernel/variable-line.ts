/**
 * `NAME=value` so that Node, PHP's dotenv and a shell read the same. Each has escapes of its own, and none is common to
 * all: what is in single quotes is literal for all three, but a line break there is an error to PHP; what is in double
 * quotes is literal for all three as long as it has no backslash, no backquote, and no dollar sign that begins something. Null where there is no such form.
 */
export function variableLine(name: string, value: string): string | null {
  if (/^[A-Za-z0-9_.,:/@%+-]*$/.test(value)) return `${name}=${value}`;
  const single = `${name}='${value}'`;
  if (!/['\n\r\0]/.test(value) && !looksOpenToPhp(single)) return single;
  // The last line of several with `="` at its end is taken by PHP for the begin of another.
  if (!/["\\`\r\0]|\$[A-Za-z0-9_{(@*#?$!-]|\n.*=$/.test(value)) return `${name}="${value}"`;
  return null;
}

/** PHP's dotenv joins lines before it parses them: one with `="` goes on, unless there is another double quote in it. */
function looksOpenToPhp(line: string): boolean {
  const quotes = line.replaceAll('\\\\', '').match(/[^\\](?=")/g) ?? [];
  return line.includes('="') && quotes.length <= 1;
}
