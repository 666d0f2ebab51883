import { apiVersion } from '../api/mesh.ts';
import { wrappingKeyKind } from '../api/wrapping-key.ts';
import { encodeBase64Text } from '../base/base64.ts';
import { IsthmusError } from '../base/error.ts';
import { textAt } from '../base/json.ts';
import { remedy, repeat } from '../base/remedy.ts';
import type { DeclaredMesh } from '../mesh/declared.ts';
import { describeRef, type KubeObject, type ObjectRef, refKey } from '../objects/object.ts';
import { systemNamespace } from '../objects/ownership.ts';
import type { Observed } from '../observe/observe.ts';
import { secretTexts } from '../observe/secret.ts';
import type { Issuer } from '../pki/authority.ts';
import type { WebCrypto } from '../pki/environment.ts';
import type { IssuerTexts } from '../pki/read-issuer.ts';
import { issuerKeys, issuerTextsOf, issuerToData } from '../pki/stored.ts';
import { createWrappingKey, isWrapped, parseWrappingKey, unwrap, type WrappingKey, wrap } from '../pki/wrapping.ts';
import { ownedObject, type StagedObject } from '../plan/desired.ts';
import { issuerRef, issuerSecretOf } from './trust-secrets.ts';

/**
 * A generated issuer in the home cluster, and the only place that knows how it is kept: its private key is encrypted in its
 * Secret, which every istiod of the mesh may list, and the key to that lies in an object of a kind that none of them may
 * read (docs/adr/0012-the-issuer-key-is-encrypted.md).
 */

export const wrappingKeyRef: ObjectRef = {
  apiVersion,
  kind: wrappingKeyKind,
  namespace: systemNamespace,
  name: 'isthmus-issuer',
};

/** What of the home cluster has to be read whole for the mesh's issuer; nothing where it is in files. */
export function issuerRefsOf(declared: Pick<DeclaredMesh, 'mesh'>): readonly ObjectRef[] {
  const secret = issuerSecretOf(declared);
  if (secret === undefined) return [];
  return isGenerated(secret) ? [secret, wrappingKeyRef] : [secret];
}

/** True for the Secret of a generated issuer, false for one that the mesh file names. */
export function isGenerated(secret: ObjectRef): boolean {
  return refKey(secret) === refKey(issuerRef);
}

export interface StoredIssuer {
  /** With the private key in clear; undefined where no issuer is stored. */
  readonly texts: IssuerTexts | undefined;
  /** The stored wrapping key; undefined where there is none that can be read. */
  readonly wrapping: WrappingKey | undefined;
  /** `Plain`: as versions before the wrapping key stored it. */
  readonly keptAs: 'Encrypted' | 'Plain';
}

export interface StoredIssuerPlace {
  readonly home: Observed | undefined;
  readonly crypto: WebCrypto;
  /** The home cluster's name, and where the root's key is looked for. */
  readonly homeName: string;
  readonly rootFolder: string;
}

/** Throws `trust-invalid` where the private key is encrypted and what it was encrypted with is not there or is another key. */
export async function readStoredIssuer(place: StoredIssuerPlace): Promise<StoredIssuer> {
  const { home, crypto } = place;
  const stored = home?.whole.get(refKey(wrappingKeyRef));
  const wrapping = parseWrappingKey(textAt(stored, ['spec', 'key']) ?? '');
  const data = secretTexts(home?.whole.get(refKey(issuerRef)));
  if (data === undefined) return { texts: undefined, wrapping, keptAs: 'Encrypted' };
  const texts = issuerTextsOf(data);
  if (!isWrapped(texts.privateKey)) return { texts, wrapping, keptAs: 'Plain' };
  if (wrapping === undefined) throw unusableKey(place, stored === undefined ? 'is not there' : 'holds no key');
  const privateKey = await unwrap(crypto, wrapping, texts.privateKey);
  if (privateKey === undefined) throw unusableKey(place, 'holds another key');
  return { texts: { ...texts, privateKey }, wrapping, keptAs: 'Encrypted' };
}

function unusableKey({ homeName, rootFolder }: StoredIssuerPlace, why: string): IsthmusError {
  const [secret, key] = [describeRef(issuerRef), describeRef(wrappingKeyRef)];
  return new IsthmusError(
    'trust-invalid',
    `the private key of the issuer (${secret} in ${homeName}) cannot be read: it is encrypted with the ${key}, which ${why}; nothing was changed`,
    {
      remedy: remedy`restore the ${key} from a backup of ${homeName}; where there is none, put root.crt and root.key of the mesh into ${rootFolder}, delete both objects and ${repeat()}: that makes a new issuer under the same root`,
    },
  );
}

/** How the home cluster is to keep an issuer: the key first, the Secret that is encrypted with it after it. */
export interface IssuerObjects {
  readonly wrapping: StagedObject;
  readonly secret: StagedObject;
}

export interface IssuerKeeping {
  readonly mesh: string;
  readonly crypto: WebCrypto;
  /** Left out, a new one is made. */
  readonly wrapping: WrappingKey | undefined;
}

export async function issuerObjects(issuer: Issuer, keeping: IssuerKeeping): Promise<IssuerObjects> {
  const { mesh, crypto } = keeping;
  const wrapping = keeping.wrapping ?? createWrappingKey(crypto);
  const texts = issuerToData(issuer);
  const key = await wrap(crypto, wrapping, texts[issuerKeys.privateKey]);
  const data = Object.entries({ ...texts, [issuerKeys.privateKey]: key });
  return {
    wrapping: ownedObject(objectAt(wrappingKeyRef, { spec: { key: wrapping.toPem() } }), mesh),
    secret: ownedObject(
      objectAt(issuerRef, {
        // The API server asks of this type only that both keys are there (pkg/apis/core/validation, SecretTypeTLS).
        type: 'kubernetes.io/tls',
        data: Object.fromEntries(data.map(([name, text]) => [name, encodeBase64Text(text)])),
      }),
      mesh,
    ),
  };
}

function objectAt({ apiVersion, kind, name, namespace = '' }: ObjectRef, content: Partial<KubeObject>): KubeObject {
  return { apiVersion, kind, metadata: { name, namespace }, ...content };
}
