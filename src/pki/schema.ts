import { z } from 'zod';

const pem = z.string().min(1);

/** The decoded data of the Secret that keeps the issuer in the home cluster. */
export const issuerData = z.object({ 'tls.crt': pem, 'tls.key': pem, 'ca.crt': pem });
export type IssuerData = z.output<typeof issuerData>;

/** The two files of a root. */
export const rootFiles = z.object({ certificate: pem, privateKey: pem });
export type RootFiles = z.output<typeof rootFiles>;
