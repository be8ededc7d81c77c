/** Words for the TLS errors that a user can do something about, by the error code of Node.js. */
const TLS_WORDS: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the certificate is self-signed: give its CA in the TLS configuration',
  SELF_SIGNED_CERT_IN_CHAIN: 'the certificate chain ends in an unknown CA: give that CA in the TLS configuration',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the certificate cannot be verified: an intermediate or root CA is missing',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the certificate comes from an unknown CA: give that CA in the TLS configuration',
  CERT_HAS_EXPIRED: 'the certificate has expired',
  CERT_NOT_YET_VALID: 'the certificate is not valid yet: is the clock right?',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the certificate is for another host name',
  ERR_SSL_WRONG_VERSION_NUMBER: 'this port does not speak TLS',
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'the server speaks only an older TLS version: lower the minimum version',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'no TLS version in common: lower the minimum version',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'the server asks for a client certificate',
};

/** A TLS error in words, its code at the end. @param message used where the code has no words here */
export function tlsWords(code: string, message: string): string {
  return `TLS: ${TLS_WORDS[code] ?? message} (${code})`;
}
