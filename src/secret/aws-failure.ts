import { type ErrorCode, messageOf, SlipwayError } from '../kernel/index.ts';

interface Asked {
  id: string;
  address: string;
  region: string | null;
}

/** Why Secrets Manager gave no secret: by the name of its error (API reference, "GetSecretValue", "Common Errors"). */
export function awsFailure(error: unknown, asked: Asked): SlipwayError {
  const { id, address } = asked;
  const { code, next } = kindOf(error, asked);
  const why = messageOf(error).split('\n', 1)[0];
  const what = {
    secret_missing: `${address} has no secret ${id}`,
    secret_denied: `${address} does not let this host read the secret ${id}`,
  }[code as string];
  return new SlipwayError(code, {
    message: what === undefined ? `the secret ${id} cannot be read from ${address}` : what,
    ...(why === undefined || why === '' ? {} : { hint: why }),
    next,
    cause: error,
  });
}

function kindOf(error: unknown, { id, region }: Asked): { code: ErrorCode; next: string } {
  const inRegion = region === null ? '' : ` --region ${region}`;
  const describe = `aws secretsmanager describe-secret --secret-id ${id}${inRegion}`;
  const { name = '', message = '' } = (error ?? {}) as { name?: string; message?: string };
  if (/region is missing/i.test(message))
    return {
      code: 'secret_unreachable',
      next: 'slipway config check   (secrets: { type: aws, region: ... })',
    };
  // Signed in a time that is not AWS's: the SDK has tried to reckon the difference in.
  if (
    /RequestExpired|RequestTimeTooSkewed/.test(name) ||
    /signature (expired|not yet current)/i.test(message)
  )
    return { code: 'secret_denied', next: 'timedatectl set-ntp true   (the clock of this host is wrong)' };
  if (name === 'ResourceNotFoundException')
    return {
      code: 'secret_missing',
      next: `aws secretsmanager create-secret --name ${id}${inRegion} --secret-string file:///dev/stdin`,
    };
  if (name === 'InvalidRequestException')
    return { code: 'secret_missing', next: `aws secretsmanager restore-secret --secret-id ${id}${inRegion}` };
  if (/^(CredentialsProviderError|TokenProviderError)$/.test(name))
    return {
      code: 'secret_denied',
      next: 'aws sts get-caller-identity   (a role of the machine, a `profile`, or AWS_ACCESS_KEY_ID of the agent)',
    };
  if (
    /^(UnrecognizedClient|ExpiredToken|InvalidSignature|IncompleteSignature|MissingAuthenticationToken|NotAuthorized|OptInRequired)/.test(
      name,
    )
  )
    return { code: 'secret_denied', next: 'aws sts get-caller-identity' };
  if (/^(AccessDenied|DecryptionFailure|KMS)/.test(name))
    return {
      code: 'secret_denied',
      next: `${describe}   (the policy of this host's role: secretsmanager:GetSecretValue, and kms:Decrypt where it has a key of its own)`,
    };
  return { code: 'secret_unreachable', next: describe };
}
