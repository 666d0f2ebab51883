import { z } from 'zod';
import { moment, named } from './schema.ts';

export const certificate = named('Certificate', 'A certificate.', {
  subject: z.string().describe('Its subject.'),
  fingerprint: z.string().describe('SHA-256, hexadecimal with colons.'),
  notBefore: moment().describe('When it begins, RFC 3339.'),
  notAfter: moment().describe('When it ends, RFC 3339.'),
  daysLeft: z.number().describe('Whole days until it ends; negative after that.'),
  algorithm: z.string().describe('The algorithms of its key and of the signature on it.'),
});

export type Certificate = z.infer<typeof certificate>;
