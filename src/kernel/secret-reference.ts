/** The name of a secret: `name`, or `name#KEY` for a member of the JSON object that the secret is. */
export interface SecretReference {
  name: string;
  key: string | null;
}

/** Names of every kind of store fit in: of AWS, its ARNs too; of GCP, `name/versions/3` too; of files. */
const REFERENCE = /^([A-Za-z0-9_][A-Za-z0-9/_+=.@:-]{0,511})(?:#([^\s#]{1,255}))?$/;

/** Null where it cannot be the name of a secret. */
export function parseSecretReference(text: string): SecretReference | null {
  const found = REFERENCE.exec(text);
  return found?.[1] === undefined ? null : { name: found[1], key: found[2] ?? null };
}
