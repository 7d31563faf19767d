import { canonicalBytes, randomBytes, sha256, toBase64url, utf8 } from '@careledger/proof'
import type { Signer } from '@careledger/proof'

/**
 * A proof of possession for one request (RFC 9449 §4.2): compact JWS, `typ` dpop+jwt, with the public key in its header. Made anew for each
 * request, since its `jti` is good once. `url` without query; `at` by the server's clock; `token` where one is sent along (`ath`); `nonce` where the server gave one.
 */
export async function makePossessionProof(signer: Signer, request: { readonly method: string; readonly url: string; readonly at: Date; readonly token?: string | undefined; readonly nonce?: string | undefined }): Promise<string> {
  const header = { typ: 'dpop+jwt', alg: signer.algorithm, jwk: signer.publicJwk }
  const payload = {
    jti: toBase64url(randomBytes(16)),
    htm: request.method,
    htu: request.url,
    iat: Math.floor(request.at.getTime() / 1000),
    ...(request.nonce === undefined ? {} : { nonce: request.nonce }),
    ...(request.token === undefined ? {} : { ath: toBase64url(sha256(utf8(request.token))) }),
  }
  const input = `${encode(header)}.${encode(payload)}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** Detached JWS over a sign-in challenge, `typ` careledger-challenge+jws. */
export async function answerChallenge(signer: Signer, challenge: string): Promise<string> {
  const header = encode({ alg: signer.algorithm, kid: signer.key, typ: 'careledger-challenge+jws' })
  const signature = await signer.sign(utf8(`${header}.${toBase64url(utf8(challenge))}`))
  return `${header}..${toBase64url(signature)}`
}

function encode(value: Parameters<typeof canonicalBytes>[0]): string {
  return toBase64url(canonicalBytes(value))
}
