/**
 * A text that counts what is done with it: each character that is looked at or copied is a step. For functions that go over a
 * text by hand, whose work is to be bounded without a clock.
 */
export function countedText(text: string): { text: string; steps: () => number } {
  let steps = 0;
  const counted = new Proxy(new String(text), {
    get(_, name) {
      if (name === 'length') return text.length;
      if (typeof name === 'string' && /^\d+$/.test(name)) {
        steps++;
        return text[Number(name)];
      }
      const method = Reflect.get(String.prototype, name) as unknown;
      if (typeof method !== 'function') return method;
      return (...args: unknown[]) => {
        const result = Reflect.apply(method, text, args) as unknown;
        steps += costOf({ name: String(name), args, result, length: text.length });
        return result;
      };
    },
  });
  return { text: counted as unknown as string, steps: () => steps };
}

function costOf(call: { name: string; args: unknown[]; result: unknown; length: number }): number {
  const { name, args, result, length } = call;
  if (typeof result === 'string') return result.length;
  const from = Number(args[1] ?? (name === 'lastIndexOf' ? length : 0));
  const at = Number(result);
  if (name === 'indexOf') return (at < 0 ? length : at) - from;
  if (name === 'lastIndexOf') return from - Math.max(0, at);
  return length;
}
