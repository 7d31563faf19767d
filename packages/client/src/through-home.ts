import { toBase64url, utf8 } from '@careledger/proof'
import { createCareLedgerClient } from './create-client.ts'
import type { CareLedgerClient } from './client-types.ts'

/** Another instance that home's server hands requests on to, as `identity.elsewhere` names it. */
export interface PlaceElsewhere {
  readonly name: string
  readonly url: string
  readonly trust: { readonly origin: string }
}

/**
 * A client of another instance for a page, which may call its own origin only: each request goes to home's server, which hands it on as it is.
 * What the other instance is told is signed by the person's own key here; home's server cannot make such a request, and does not decide. Signed in as
 * a guest whom home vouches for, as `signInAway` does it, but to the origin that was pinned. Errors: Problem NOT_SIGNED_IN at home; NOT_ALLOWED where the
 * organisation is not recognised there; UNAVAILABLE where the other instance does not answer.
 */
export async function connectThroughHome(home: CareLedgerClient, place: PlaceElsewhere): Promise<CareLedgerClient> {
  const { signer } = home
  if (signer === undefined) throw new TypeError('Sign in at home first.')
  const url = place.url.replace(/\/$/, '')
  const away = createCareLedgerClient({ url, fetch: fetchThrough(home, place.name, url) })
  away.introduceBy(() => home.identity.vouch.mutate({ audience: place.trust.origin }))
  await away.signIn(signer)
  return away
}

/** A `fetch` of the other instance's addresses by way of home. */
function fetchThrough(home: CareLedgerClient, name: string, url: string): typeof globalThis.fetch {
  return async (input, init = {}) => {
    const path = String(input).slice(url.length)
    const method = (init.method ?? 'GET').toUpperCase()
    const away = toBase64url(utf8(JSON.stringify({ method, headers: Object.fromEntries(new Headers(init.headers)) })))
    const { body, signal } = init
    const answer = await home.fetch(`/at/${name}${path}`, { method: 'POST', headers: { 'careledger-away': away, 'content-type': 'application/json' }, ...(body == null || method === 'GET' ? {} : { body }), ...(signal == null ? {} : { signal }) })
    const status = Number(answer.headers.get('careledger-away-status'))
    if (!Number.isInteger(status) || status < 200) throw new TypeError(`The way to the other instance gave ${answer.status}.`)
    return new Response(status === 204 || status === 304 ? null : answer.body, { status, headers: answer.headers })
  }
}
