/** Words that come before the version which they lead up to: 1.0.0-rc1, 1.0.0beta. */
const PRE_RELEASE = /^[-~]|^\.?(alpha|beta|pre|preview|rc|dev)/i;

/** Orders tags by version, oldest first: numbers as numbers, a pre-release before its release. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [parts(a), parts(b)];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x, y] = [left[i], right[i]];
    if (x === undefined) return PRE_RELEASE.test(right.slice(i).join('')) ? 1 : -1;
    if (y === undefined) return PRE_RELEASE.test(left.slice(i).join('')) ? -1 : 1;
    if (x === y) continue;
    const order = comparePart(x, y);
    if (order !== 0) return order;
  }
  // `v1.01` and `v1.1`: any order will do, if it is always the same.
  return a < b ? -1 : Number(a > b);
}

function parts(version: string): string[] {
  return version.match(/\d+|\D+/g) ?? [];
}

/** A text that compares as the number does, of any length: BigInt takes more than linear time to make one. */
function digitsOf(text: string): string {
  return text.replace(/^0+/, '');
}

function comparePart(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) {
    const [x, y] = [digitsOf(a), digitsOf(b)];
    return x.length - y.length || (x < y ? -1 : Number(x > y));
  }
  const early = Number(PRE_RELEASE.test(b)) - Number(PRE_RELEASE.test(a));
  return early !== 0 ? early : a < b ? -1 : 1;
}
