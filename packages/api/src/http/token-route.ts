import { actsAs } from '../audit-trail.ts'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE, PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'
import { identify } from './identify.ts'
import { problemHeaders, sendJson } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'

const ASSERTION_TYPE = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const FORM_BYTES_MAX = 16 * 1024

/**
 * `POST /oauth/token`: a system's key proves itself by an RFC 7523 client assertion and gets a DPoP-bound token (RFC 6749 §4.4, RFC 9449
 * §5; SMART Backend Services). `scope` narrows the token; without it the token is not narrowed. Errors in the form of RFC 6749 §5.2, with our Problem code beside.
 */
export async function handleToken(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response } = route
  try {
    if (request.method !== 'POST') throw new Refused('invalid_request', new Problem('INPUT_MALFORMED', 'Use POST.'))
    server.takeAddress(route, 5)
    const form = await readForm(route, server)
    if (form.get('grant_type') !== 'client_credentials') throw new Refused('unsupported_grant_type', new Problem('INPUT_MALFORMED', 'Only client_credentials is granted here.'))
    const assertion = form.get('client_assertion')
    if (form.get('client_assertion_type') !== ASSERTION_TYPE || assertion === undefined) throw new Refused('invalid_client', new Problem('NOT_SIGNED_IN', PROBLEM_SENTENCE.NOT_SIGNED_IN))
    const { possession } = await identify({ request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: false, now: route.now })
    const { token, expires, scope } = await server.trail.run(contracts.session.start, undefined, async () => {
      const signedIn = await server.auth.clientCredentials({ assertion, possession, scope: form.get('scope'), now: route.now }).catch(refuseScope)
      actsAs(signedIn.actor)
      return signedIn
    })
    const seconds = Math.max(0, Math.floor((expires.getTime() - route.now.getTime()) / 1000))
    sendJson(request, response, 200, { access_token: token, token_type: 'DPoP', expires_in: seconds, ...(scope === undefined ? {} : { scope }) }, { pragma: 'no-cache' })
  } catch (thrown) {
    const problem = thrown instanceof Refused ? thrown.problem : server.chargeFailure(route, toProblem(thrown))
    const error = thrown instanceof Refused ? thrown.error : problem.details.check === 'nonce' ? 'use_dpop_nonce' : OAUTH_ERRORS[problem.code] ?? (PROBLEM_TRANSPORT[problem.code].status < 500 ? 'invalid_request' : 'temporarily_unavailable')
    const status = error === 'invalid_client' ? 401 : PROBLEM_TRANSPORT[problem.code].status
    sendJson(request, response, status, { error, error_description: problem.message, code: problem.code, details: problem.details }, problemHeaders(problem))
  }
}

const OAUTH_ERRORS: Readonly<Partial<Record<Problem['code'], string>>> = {
  NOT_SIGNED_IN: 'invalid_client',
  SIGNATURE_INVALID: 'invalid_client',
  KEY_UNKNOWN: 'invalid_client',
  KEY_REVOKED: 'invalid_client',
  PROOF_OF_POSSESSION_INVALID: 'invalid_dpop_proof',
  CLOCK_SKEW: 'invalid_dpop_proof',
}

/** RFC 6749 §5.2 has a word of its own for scopes. */
function refuseScope(thrown: unknown): never {
  if ((thrown as { code?: unknown }).code === 'SCOPE_INVALID') throw new Refused('invalid_scope', toProblem(thrown))
  throw thrown
}

class Refused extends Error {
  readonly error: string
  readonly problem: Problem
  constructor(error: string, problem: Problem) {
    super(problem.message)
    this.error = error
    this.problem = problem
  }
}

async function readForm({ request, response }: RouteRequest, server: ServerParts): Promise<ReadonlyMap<string, string>> {
  if (request.headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() !== 'application/x-www-form-urlencoded') throw new Refused('invalid_request', new Problem('INPUT_MALFORMED', 'Send application/x-www-form-urlencoded.'))
  const form = new Map<string, string>()
  for (const [name, value] of new URLSearchParams(await server.bodies.read(request, response, FORM_BYTES_MAX))) {
    if (form.has(name)) throw new Refused('invalid_request', new Problem('INPUT_MALFORMED', 'A parameter stands twice.'))
    form.set(name, value)
  }
  return form
}
