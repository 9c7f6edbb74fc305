const SHORT_COMMIT_DIGITS = 7;

/** A version for a person: a full commit is told by its first digits, as the release's directory is. */
export function versionText(version: string): string {
  return isCommit(version) ? version.slice(0, SHORT_COMMIT_DIGITS) : version;
}

/** What the agent says, with its full commits told by their first digits. Longer digests are none of ours to cut. */
export function withShortCommits(text: string): string {
  return text.replace(/\b[0-9a-f]{40}\b/g, versionText);
}

/** SHA-1, or SHA-256. */
function isCommit(version: string): boolean {
  return /^([0-9a-f]{40}|[0-9a-f]{64})$/.test(version);
}
