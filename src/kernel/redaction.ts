const MASK = '[redacted]';
/** The longest first: where one is the beginning of another, its mask would leave the other's end. */
let secrets: readonly string[] = [];

/** Registers a value that must never be shown. Short values are left out: masking them would eat ordinary text. */
export function registerSecret(value: string): void {
  if (value.length < 6 || secrets.includes(value)) return;
  secrets = [...secrets, value].sort((a, b) => b.length - a.length);
}

/** Masks registered secrets, passwords in URLs, and values of assignments whose name says that they are secret. */
export function redact(text: string): string {
  let out = text;
  for (const secret of secrets) if (out.includes(secret)) out = out.replaceAll(secret, MASK);
  return out
    .replace(/\b([a-z][a-z0-9+.-]{0,30}:\/\/[^\s:@/]*):[^\s@/]+@/gi, `$1:${MASK}@`)
    .replace(
      /\b([A-Z0-9_]*(?:PASSWORD|SECRET|TOKEN|COOKIE|API_KEY|PRIVATE_KEY)[A-Z0-9_]*)=("[^"]*"|'[^']*'|\S+)/gi,
      `$1=${MASK}`,
    );
}

/** Whether the name of a variable or key says that its value is secret. */
export function isSecretName(name: string): boolean {
  return /PASSWORD|PASSWD|SECRET|TOKEN|COOKIE|API_?KEY|PRIVATE_?KEY|DATABASE_URL|CREDENTIAL/i.test(name);
}
