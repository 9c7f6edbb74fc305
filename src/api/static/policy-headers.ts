/** Scripts and styles of ours alone, nothing inline, no HTML that a script makes of text, in no frame. */
const POLICY = {
  'default-src': "'none'",
  'script-src': "'self'",
  'style-src': "'self'",
  'img-src': "'self' data:",
  'connect-src': "'self'",
  'font-src': "'self'",
  'manifest-src': "'self'",
  'form-action': "'self'",
  'base-uri': "'none'",
  'frame-ancestors': "'none'",
  'require-trusted-types-for': "'script'",
};

/** A terminal writes its colours and its measures as styles of elements. */
const CONSOLE_POLICY = { ...POLICY, 'style-src': "'self' 'unsafe-inline'" };

export function documentHeaders(name: string): Record<string, string> {
  const policy = name === 'console.html' ? CONSOLE_POLICY : POLICY;
  return {
    'content-security-policy': Object.entries(policy)
      .map(([directive, sources]) => `${directive} ${sources}`)
      .join('; '),
    'cross-origin-opener-policy': 'same-origin',
    'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
    'x-frame-options': 'DENY',
  };
}
