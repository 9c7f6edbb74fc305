/** Where JSON text stops being JSON, for a person: `line 3 column 5: unexpected token '}'`. `error` is what JSON.parse threw. */
export function jsonBreak(text: string, error: Error): string {
  const offset = offsetOfBreak(text, error.message);
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `line ${line} column ${column}: ${reasonOf(error.message)}`;
}

/** V8 names the position in most of its messages, but not where a token is out of place or the text ends too early. */
function offsetOfBreak(text: string, message: string): number {
  const position = /at position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return Number(position);
  if (!isMisplacedToken(message)) return text.length;
  // The shortest beginning that has the fault already ends with it.
  let sound = 0;
  let faulty = text.length;
  while (faulty - sound > 1) {
    const middle = (sound + faulty) >> 1;
    if (isMisplacedToken(parseError(text.slice(0, middle)))) faulty = middle;
    else sound = middle;
  }
  return faulty - 1;
}

function parseError(text: string): string {
  try {
    JSON.parse(text);
    return '';
  } catch (error) {
    return (error as Error).message;
  }
}

function isMisplacedToken(message: string): boolean {
  return message.endsWith('is not valid JSON');
}

/** V8's sentence without the position and without the quotation of what stands around it. */
function reasonOf(message: string): string {
  if (isMisplacedToken(message))
    return /^Unexpected token '.{1,2}'/su.exec(message)?.[0].replace('U', 'u') ?? 'unexpected text';
  const sentence = message.replace(/ in JSON at position .*$| JSON at position .*$| at position .*$/s, '');
  return sentence.charAt(0).toLowerCase() + sentence.slice(1);
}
