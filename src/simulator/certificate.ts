import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';

/** PEM texts for a TLS server. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
}

const DAY = 86_400_000;
const VALID_DAYS = 3650;

/** DER tags (ITU-T X.690). */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8: 0x0c,
  utcTime: 0x17,
  sequence: 0x30,
  set: 0x31,
  /** [0] and [3] of TBSCertificate. */
  version: 0xa0,
  extensions: 0xa3,
  /** dNSName and iPAddress of GeneralName. */
  dnsName: 0x82,
  ipAddress: 0x87,
} as const;

/** Contents of object identifiers. */
const OID = {
  ecdsaWithSha256: Buffer.of(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02),
  commonName: Buffer.of(0x55, 0x04, 0x03),
  subjectAltName: Buffer.of(0x55, 0x1d, 0x11),
  basicConstraints: Buffer.of(0x55, 0x1d, 0x13),
} as const;

/**
 * A new key and a certificate for localhost, 127.0.0.1 and ::1 signed with it (RFC 5280), valid for ten years. The DER
 * is written here because Node cannot make certificates.
 */
export function selfSignedCertificate(): Certificate {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const algorithm = sequence(der(TAG.oid, OID.ecdsaWithSha256));
  const name = sequence(
    der(TAG.set, sequence(der(TAG.oid, OID.commonName), der(TAG.utf8, Buffer.from('smpp-simulator')))),
  );
  const now = Date.now();
  const body = sequence(
    der(TAG.version, der(TAG.integer, Buffer.of(2))),
    // Serial number. 0x40 in front keeps it positive (first bit 0) and without a leading zero octet, as DER wants.
    der(TAG.integer, Buffer.concat([Buffer.of(0x40), randomBytes(15)])),
    algorithm,
    name,
    sequence(utcTime(now - DAY), utcTime(now + VALID_DAYS * DAY)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(TAG.extensions, sequence(authority(), hostNames())),
  );
  const certificate = sequence(body, algorithm, bitString(sign('sha256', body, privateKey)));
  return {
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    cert: `-----BEGIN CERTIFICATE-----\n${certificate
      .toString('base64')
      .replace(/.{64}/g, '$&\n')
      .trimEnd()}\n-----END CERTIFICATE-----\n`,
  };
}

/** Marks the certificate as an authority, so that a client can trust the certificate itself. */
function authority(): Buffer {
  const isAuthority = sequence(der(TAG.boolean, Buffer.of(0xff)));
  return sequence(der(TAG.oid, OID.basicConstraints), der(TAG.octetString, isAuthority));
}

function hostNames(): Buffer {
  const loopback6 = Buffer.concat([Buffer.alloc(15), Buffer.of(1)]);
  const names = sequence(
    der(TAG.dnsName, Buffer.from('localhost')),
    der(TAG.ipAddress, Buffer.of(127, 0, 0, 1)),
    der(TAG.ipAddress, loopback6),
  );
  return sequence(der(TAG.oid, OID.subjectAltName), der(TAG.octetString, names));
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return der(TAG.sequence, Buffer.concat(parts));
}

function bitString(content: Buffer): Buffer {
  return der(TAG.bitString, Buffer.concat([Buffer.of(0), content]));
}

/** The instant (epoch milliseconds) as YYMMDDhhmmssZ. */
function utcTime(at: number): Buffer {
  const digits = new Date(at).toISOString().replace(/\D/g, '').slice(2, 14);
  return der(TAG.utcTime, Buffer.from(`${digits}Z`));
}

function der(tag: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.of(tag), lengthOf(content), content]);
}

function lengthOf({ length }: Buffer): Buffer {
  if (length < 0x80) return Buffer.of(length);
  return length < 0x100 ? Buffer.of(0x81, length) : Buffer.of(0x82, length >> 8, length & 0xff);
}
