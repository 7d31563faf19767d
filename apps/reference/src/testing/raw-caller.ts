import { createCareLedgerClient, signerFromJwk, type PrivateJwk } from '@careledger/client'
import { sha256, toBase64url, utf8, type Signer } from '@careledger/proof'

/** What came back for one call, as it stood on the wire. */
export interface RawAnswer {
  readonly status: number
  /** `OK`, or the Problem's code. */
  readonly code: string
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  readonly data: unknown
  /** Status line's headers and body, for searching. */
  readonly text: string
}

/** What a forger changes in a proof of possession. */
export interface Forgery {
  readonly header?: Readonly<Record<string, unknown>>
  readonly payload?: Readonly<Record<string, unknown>>
  readonly by?: Signer
  readonly signature?: (input: string) => string
}

/** A signed-in caller without a client's care: sends any bytes, with any proof. */
export interface RawCaller {
  readonly signer: Signer
  readonly token: string
  proof(name: string, forgery?: Forgery): Promise<string>
  call(name: string, body: string | Uint8Array, headers?: Readonly<Record<string, string>>): Promise<RawAnswer>
}

export async function createRawCaller(url: string, key: PrivateJwk): Promise<RawCaller> {
  const signer = await signerFromJwk(key)
  const token = await tokenOf(url, signer)
  const proof = async (name: string, forgery: Forgery = {}) => {
    const by = forgery.by ?? signer
    const header = { typ: 'dpop+jwt', alg: by.algorithm, jwk: by.publicJwk, ...forgery.header }
    const payload = { jti: crypto.randomUUID(), htm: 'POST', htu: `${url}/trpc/${name}`, iat: Math.floor(Date.now() / 1000), ath: toBase64url(sha256(utf8(token))), ...forgery.payload }
    const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(JSON.stringify(payload)))}`
    return `${input}.${forgery.signature === undefined ? toBase64url(await by.sign(utf8(input))) : forgery.signature(input)}`
  }
  return {
    signer, token, proof,
    call: async (name, body, headers = {}) => rawCall(`${url}/trpc/${name}`, body, { authorization: `DPoP ${token}`, ...('dpop' in headers ? {} : { dpop: await proof(name) }), ...headers }),
  }
}

/** One POST, whatever it says. */
export async function rawCall(address: string, body: string | Uint8Array, headers: Readonly<Record<string, string>> = {}): Promise<RawAnswer> {
  const response = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body: body as Uint8Array<ArrayBuffer> | string })
  const text = await response.text()
  const parsed = JSON.parse(text) as { readonly result?: { readonly data: unknown }; readonly error?: { readonly data: { readonly problem: { readonly code: string; readonly message: string; readonly details?: Readonly<Record<string, unknown>> } } } }
  const problem = parsed.error?.data.problem
  return {
    status: response.status, code: problem?.code ?? 'OK', message: problem?.message ?? '', details: problem?.details ?? {}, data: parsed.result?.data,
    text: `${JSON.stringify([...response.headers])}\n${text}`,
  }
}

/** Signs in with the real client and takes the token from its next request, as a thief of the header would. */
async function tokenOf(url: string, signer: Signer): Promise<string> {
  let seen = ''
  const client = createCareLedgerClient({
    url,
    fetch: (input, init) => {
      seen = new Headers(init?.headers).get('authorization') ?? seen
      return fetch(input, init)
    },
  })
  await client.signIn(signer)
  await client.session.me.query({})
  return seen.replace('DPoP ', '')
}
