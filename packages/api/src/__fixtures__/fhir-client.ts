import { createHash, randomUUID } from 'node:crypto'
import { toBase64url, utf8 } from '@careledger/proof'
import type { Signer } from '@careledger/proof'
import type { PersonName, TestInstance } from './instance.ts'

export interface FhirResponse {
  readonly status: number
  readonly text: string
  readonly headers: Headers
  /** Parsed; `undefined` without a body. */
  readonly json: FhirJson
}

/** What tests look at in a Bundle or an OperationOutcome. Absent members are absent, whatever this says. */
export interface FhirJson {
  readonly type: string
  readonly total: number
  readonly link: readonly { readonly relation: string; readonly url: string }[]
  readonly entry: readonly FhirEntry[]
  readonly issue: readonly { readonly code: string; readonly expression: readonly string[]; readonly details: { readonly text: string } }[]
}

export interface FhirEntry {
  readonly fullUrl: string
  readonly resource: { readonly effectiveDateTime: string; readonly valueQuantity: { readonly value: number } }
  readonly search: { readonly mode: string }
  readonly request: { readonly method: string }
  readonly response: { readonly status: string }
}

export interface FhirOptions {
  readonly method?: string | undefined
  readonly body?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** False for an answer that is no JSON. */
  readonly parse?: boolean | undefined
}

export type FhirClient = (path: string, options?: FhirOptions) => Promise<FhirResponse>

export async function jws(signer: Signer, header: object, payload: object | string): Promise<string> {
  const input = `${toBase64url(utf8(JSON.stringify(header)))}.${toBase64url(utf8(typeof payload === 'string' ? payload : JSON.stringify(payload)))}`
  return `${input}.${toBase64url(await signer.sign(utf8(input)))}`
}

/** Sends a request whose proof must name a nonce, which the server gives with its first refusal (RFC 9449 §8). */
export async function withNonce(send: (nonce: string | undefined) => Promise<Response>): Promise<Response> {
  const first = await send(undefined)
  const nonce = first.headers.get('dpop-nonce')
  return nonce === null ? first : send(nonce)
}

export function dpop(signer: Signer, method: string, url: string, token?: string, nonce?: string): Promise<string> {
  const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }
  return jws(signer, { typ: 'dpop+jwt', alg: signer.algorithm, jwk: signer.publicJwk }, { jti: randomUUID(), htm: method, htu: url.split('?')[0], iat: Math.floor(Date.now() / 1000), ...(nonce === undefined ? {} : { nonce }), ...ath })
}

/** A plain FHIR client of one person, with what the platform asks of every client and nothing more. */
export async function fhirClient(instance: TestInstance, name: PersonName, scope?: string): Promise<FhirClient> {
  const { signer } = instance.keyOf(name)
  return clientWith(instance, signer, await personToken(instance, signer, scope))
}

export async function personToken({ url }: TestInstance, signer: Signer, scope?: string): Promise<string> {
  const call = async (operation: string, input: object, by?: Signer) => {
    const address = `${url}/trpc/${operation}`
    const answer = await withNonce(async (nonce) => fetch(address, { method: 'POST', headers: { 'content-type': 'application/json', ...(by === undefined ? {} : { dpop: await dpop(by, 'POST', address, undefined, nonce) }) }, body: JSON.stringify(input) }))
    return ((await answer.json()) as { readonly result: { readonly data: { readonly challenge: string; readonly token: string } } }).result.data
  }
  const { challenge } = await call('session.challenge', { key: signer.key })
  const [header, , signature] = (await jws(signer, { alg: signer.algorithm, kid: signer.key, typ: 'careledger-challenge+jws' }, challenge)).split('.')
  const input = { challenge, jws: `${header}..${signature}`, ...(scope === undefined ? {} : { scope }) }
  return (await call('session.start', input, signer)).token
}

/** SMART Backend Services. */
export async function systemToken({ url }: TestInstance, signer: Signer, party: string, scope?: string): Promise<{ readonly status: number; readonly body: { readonly access_token: string; readonly scope?: string; readonly error?: string } }> {
  const now = Math.floor(Date.now() / 1000)
  const assertion = await jws(signer, { alg: signer.algorithm, kid: signer.key, typ: 'JWT' }, { iss: party, sub: party, aud: 'http://careledger.test/oauth/token', exp: now + 60, iat: now, jti: randomUUID() })
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer', client_assertion: assertion, ...(scope === undefined ? {} : { scope }) })
  const answer = await withNonce(async (nonce) => fetch(`${url}/oauth/token`, { method: 'POST', body: form, headers: { dpop: await dpop(signer, 'POST', `${url}/oauth/token`, undefined, nonce) } }))
  return { status: answer.status, body: (await answer.json()) as never }
}

export function clientWith({ url }: TestInstance, signer: Signer, token: string): FhirClient {
  return async (path, { method = 'GET', body, headers, parse = true } = {}) => {
    const address = path.startsWith('http') ? path : `${url}/fhir/r4${path}`
    const answer = await fetch(address, {
      method, ...(body === undefined ? {} : { body }),
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/fhir+json' }), authorization: `DPoP ${token}`, dpop: await dpop(signer, method, address, token), ...headers },
    })
    const text = await answer.text()
    return { status: answer.status, text, headers: answer.headers, json: text === '' || !parse ? (undefined as never) : (JSON.parse(text) as FhirJson) }
  }
}
