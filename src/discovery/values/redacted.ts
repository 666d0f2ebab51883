/** What stands in a snapshot where a value was that it does not keep. */
export const redacted = '(redacted)';
