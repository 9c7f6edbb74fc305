/** `0.02`, `12.4`, `1,240`: requests a second, or a share in percent, as far as it means something. */
export function figureText(value: number): string {
  return value >= 100
    ? Math.round(value).toLocaleString('en-US')
    : String(Number(value.toPrecision(value < 1 ? 2 : 3)));
}
