/** Nothing comes from elsewhere, nothing is sent elsewhere, nobody else shows the page in a frame. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  // The one thing that may turn a text into the address of a script: the start of the model's worker.
  'trusted-types isthmus-model',
].join('; ');

/** What every answer has. */
export const guardingHeaders: Readonly<Record<string, string>> = {
  'content-security-policy': policy,
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

export const neverStored = 'no-store';
/** Of a file whose name holds the digest of its content. */
export const storedForever = 'private, max-age=31536000, immutable';
