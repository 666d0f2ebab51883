import { z } from 'zod';

const pem = z.string().min(1);

/** The decoded data of the Secret that keeps the issuer in the home cluster. */
export type IssuerData = {
  readonly 'tls.crt': string;
  readonly 'tls.key': string;
  readonly 'ca.crt': string;
};

/** The two files of a root. */
export const rootFiles = z.object({ certificate: pem, privateKey: pem });
export type RootFiles = z.output<typeof rootFiles>;
