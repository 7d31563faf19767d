import { createCareLedgerClient } from '@careledger/client'
import { sha256, toBase64url, utf8 } from '@careledger/proof'
import type { PersonName, TestInstance } from './instance.ts'

/** A `fetch` of plain HTTP by a person of the test instance: each request carries the token and a proof of its own. */
export async function fetchAs(instance: TestInstance, name: PersonName): Promise<(path: string, init?: RequestInit) => Promise<Response>> {
  const { signer } = instance.keyOf(name)
  let token = ''
  const client = createCareLedgerClient({
    url: instance.url,
    fetch: (input, init) => {
      token = new Headers(init?.headers).get('authorization')?.replace('DPoP ', '') ?? token
      return fetch(input, init)
    },
  })
  await client.signIn(signer)
  await client.session.me.query({})
  return async (path, init = {}) => {
    const url = `${instance.url}${path}`
    const encode = (value: object): string => toBase64url(utf8(JSON.stringify(value)))
    const input = `${encode({ typ: 'dpop+jwt', alg: signer.algorithm, jwk: signer.publicJwk })}.${encode({ jti: crypto.randomUUID(), htm: init.method ?? 'GET', htu: url.split('?', 1)[0], iat: Math.floor((Date.now() + instance.clock.offsetMs) / 1000), ath: toBase64url(sha256(utf8(token))) })}`
    return fetch(url, { ...init, headers: { ...(init.headers as Record<string, string> | undefined), authorization: `DPoP ${token}`, dpop: `${input}.${toBase64url(await signer.sign(utf8(input)))}` } })
  }
}
