import { formatSize, versionText } from '../../wording/index.ts';

/** A version or commit; whole, where it is shortened, to who points at it. */
export function Version({ version }: { version: string | null }) {
  if (version === null) return <span class="muted">–</span>;
  return (
    <span class="version" title={version}>
      {versionText(version)}
    </span>
  );
}

export function Size({ bytes }: { bytes: number | null }) {
  return bytes === null ? (
    <span class="muted">–</span>
  ) : (
    <span class="number nowrap">{formatSize(bytes)}</span>
  );
}
