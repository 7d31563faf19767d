import { Problem } from '../contracts/problem.ts'
import { toProblem } from '../to-problem.ts'
import { CallContext } from './call-context.ts'
import { send, sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'

/** What anybody who verifies a credential may fetch, from any page. */
const PUBLIC = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin', 'cache-control': 'public, max-age=60' }

/**
 * `GET /.well-known/did.json` and `/orgs/{organisation}/did.json` (did:web), `/orgs/{organisation}/status/{list}` (Bitstring Status List as VC-JWT). 404
 * for organisations and lists that are not here.
 */
export async function handleIdentity(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response, path } = route
  const found = /^\/orgs\/([a-z0-9][a-z0-9-]{0,63})\/(?:did\.json|status\/(0|[1-9][0-9]{0,5}))$/.exec(path)
  const [, organisation, list] = found ?? []
  try {
    if (found === null && path !== '/.well-known/did.json') throw new Problem('NOT_ALLOWED', 'There is nothing at this address.')
    if (list === undefined) {
      const { document } = (await call(route, server, 'identity.did', organisation === undefined ? {} : { organisation })) as { readonly document: unknown }
      return send(request, response, 200, JSON.stringify(document), { ...PUBLIC, 'content-type': 'application/did+json' })
    }
    const { credential } = (await call(route, server, 'identity.roles.statusList', { organisation, list: Number(list) })) as { readonly credential: string }
    send(request, response, 200, credential, { ...PUBLIC, 'content-type': 'application/vc+jwt' })
  } catch (thrown) {
    const problem = toProblem(thrown)
    if (problem.code === 'NOT_ALLOWED') return sendProblem(request, response, new Problem('NOT_ALLOWED', 'There is nothing at this address.'), 404)
    sendProblem(request, response, problem)
  }
}

/** Nobody is signed in here; rule, rate and record are `invoke`'s. */
function call(route: RouteRequest, server: ServerParts, name: string, input: unknown): Promise<unknown> {
  const operation = server.operations.get(name)
  if (operation === undefined) throw new Problem('NOT_ALLOWED', 'This is not served here.')
  return server.invoke(operation, new CallContext(route, server, { actor: undefined, session: undefined, possession: undefined }), input)
}
