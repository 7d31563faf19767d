import { Problem } from '../contracts/problem.ts'
import { PROBLEM_TRANSPORT } from '../problem-codes.ts'
import { toProblem } from '../to-problem.ts'
import { CallContext } from './call-context.ts'
import { problemHeaders, send, sendJson, sendProblem } from './respond.ts'
import type { RouteRequest } from './route-request.ts'
import type { ServerParts } from './server-parts.ts'

/** Any viewer may ask, from any page: what comes out is ciphertext, or public (SMART Health Links and Cards, CORS). */
const PUBLIC = { 'access-control-allow-origin': '*', 'cross-origin-resource-policy': 'cross-origin' }
const BODY_BYTES_MAX = 16 * 1024

interface OpenedFile {
  readonly contentType: string
  readonly lastUpdated: string
  readonly embedded?: string
  readonly place?: { readonly link: string; readonly n: number; readonly ticket: string }
}

/**
 * `POST /shl/{id}`: the manifest of a SMART Health Link. `GET /shl/{id}?recipient=`: its one file, for links with flag U.
 * `GET /shl/{link}/{n}?ticket=`: a file that the manifest named. 401 with `remainingAttempts` for a passcode that is missing or wrong, 404 for
 * whatever is over or never was.
 */
export async function handleHealthLink(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response, path, query } = route
  if (request.method === 'OPTIONS') return send(request, response, 204, '', { ...PUBLIC, 'access-control-allow-methods': 'GET, POST', 'access-control-allow-headers': 'content-type', 'access-control-max-age': '600' })
  const [, , id = '', n, ...more] = path.split('/')
  try {
    if (more.length > 0 || (request.method !== 'GET' && request.method !== 'POST')) throw new Problem('NOT_ALLOWED', 'There is no such link.')
    if (request.method === 'POST' && n === undefined) return await sendManifest(route, server, id)
    const parameters = new URLSearchParams(query)
    const jwe = n === undefined ? await singleFile(route, server, id, parameters.get('recipient') ?? '') : await placedFile(route, server, { link: id, n: Number(n), ticket: parameters.get('ticket') ?? '' })
    send(request, response, 200, jwe, { ...PUBLIC, 'content-type': 'application/jose' })
  } catch (thrown) {
    refuse(route, toProblem(thrown))
  }
}

/**
 * `GET /issuers/{custodian}/.well-known/jwks.json` and `.../.well-known/crl/{kid}.json` (SMART Health Cards): keys that cards rest on, revoked ones
 * left out, as every verifier understands. `.../.well-known/jwks-history.json`: all that were ever enrolled, with when, and since when revoked.
 */
export async function handleIssuer(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response, path } = route
  const found = /^\/issuers\/([a-z0-9-]{1,64})\/\.well-known\/(jwks|jwks-history|crl\/([A-Za-z0-9_-]{43}))\.json$/.exec(path)
  try {
    const { items } = (await call(route, server, 'hospital.cards.issuers', {})) as { readonly items: readonly { readonly custodian: string; readonly keys: readonly PublishedKey[]; readonly crls: readonly { readonly kid: string; readonly ctr: number; readonly rids: readonly string[] }[] }[] }
    const issuer = items.find(({ custodian }) => custodian === found?.[1])
    const body = issuer === undefined ? undefined : found?.[3] !== undefined ? crl(issuer, found[3]) : found?.[2] === 'jwks-history' ? history(issuer) : jwks(issuer)
    if (body === undefined) return sendProblem(request, response, new Problem('INPUT_MALFORMED', 'There is nothing at this address.'), 404)
    sendJson(request, response, 200, body, { ...PUBLIC, 'cache-control': 'public, max-age=60' })
  } catch (thrown) {
    sendProblem(request, response, toProblem(thrown))
  }
}

interface PublishedKey { readonly kid: string; readonly enrolled: string; readonly revoked?: string | undefined }

type Issuer = { readonly keys: readonly PublishedKey[]; readonly crls: readonly { readonly kid: string; readonly ctr: number; readonly rids: readonly string[] }[] }

function jwks({ keys, crls }: Issuer): unknown {
  return { keys: keys.filter(({ revoked }) => revoked === undefined).map(({ enrolled: _enrolled, revoked: _revoked, ...key }) => ({ ...key, use: 'sig', alg: 'ES256', ...versionOf(crls.find(({ kid }) => kid === key.kid)?.ctr ?? 0) })) }
}

/** What a card under an older key is answered by: `state` is that of the key, `revokedAt` since when nothing under it holds. */
function history({ keys }: Issuer): unknown {
  const issuing = keys.find(({ revoked }) => revoked === undefined)
  return { keys: keys.map(({ enrolled, revoked, ...key }) => ({ ...key, use: 'sig', alg: 'ES256', state: revoked !== undefined ? 'revoked' : key.kid === issuing?.kid ? 'issuing' : 'retired', enrolledAt: enrolled, ...(revoked === undefined ? {} : { revokedAt: revoked }) })) }
}

/** Absent while nothing was revoked; then the list's counter, so that a verifier knows when to ask again. */
const versionOf = (ctr: number): object => (ctr === 0 ? {} : { crlVersion: ctr })

function crl({ crls }: Issuer, kid: string): unknown {
  const found = crls.find((one) => one.kid === kid)
  return found === undefined ? undefined : { kid, method: 'rid', ctr: found.ctr, rids: found.rids }
}

async function sendManifest(route: RouteRequest, server: ServerParts, id: string): Promise<void> {
  const { request, response, origin } = route
  const text = await server.bodies.read(request, response, BODY_BYTES_MAX)
  const { recipient, passcode, embeddedLengthMax } = readRequest(text)
  const input = { id, recipient, ...(passcode === undefined ? {} : { passcode }), ...(embeddedLengthMax === undefined ? {} : { embeddedLengthMax }) }
  const { status, files } = (await call(route, server, 'hospital.links.open', input)) as { readonly status: string; readonly files: readonly OpenedFile[] }
  sendJson(request, response, 200, {
    status,
    files: files.map(({ contentType, lastUpdated, embedded, place }) => ({ contentType, lastUpdated, ...(place === undefined ? { embedded } : { location: `${origin}/shl/${place.link}/${place.n}?ticket=${place.ticket}` }) })),
  }, PUBLIC)
}

/** Members that the IG does not define are left alone, as it asks of servers. */
function readRequest(text: string): { readonly recipient: unknown; readonly passcode: unknown; readonly embeddedLengthMax: unknown } {
  try {
    const { recipient, passcode, embeddedLengthMax } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return { recipient, passcode, embeddedLengthMax }
  } catch (cause) {
    throw new Problem('INPUT_MALFORMED', 'Send JSON with a recipient.', { cause })
  }
}

async function singleFile(route: RouteRequest, server: ServerParts, id: string, recipient: string): Promise<string> {
  const { files } = (await call(route, server, 'hospital.links.open', { id, recipient, single: true })) as { readonly files: readonly OpenedFile[] }
  return files[0]?.embedded ?? ''
}

async function placedFile(route: RouteRequest, server: ServerParts, input: { readonly link: string; readonly n: number; readonly ticket: string }): Promise<string> {
  return ((await call(route, server, 'hospital.links.file', input)) as { readonly jwe: string }).jwe
}

/** Nobody is signed in here; rule, rate and record are `invoke`'s. */
function call(route: RouteRequest, server: ServerParts, name: string, input: unknown): Promise<unknown> {
  const operation = server.operations.get(name)
  if (operation === undefined) throw new Problem('NOT_ALLOWED', 'This is not served here.')
  return server.invoke(operation, new CallContext(route, server, { actor: undefined, session: undefined, possession: undefined }), input)
}

function refuse({ request, response }: RouteRequest, problem: Problem): void {
  const remainingAttempts = problem.details['check'] === 'passcode' ? problem.details['limit'] : undefined
  const status = remainingAttempts !== undefined ? 401 : problem.code === 'NOT_ALLOWED' ? 404 : PROBLEM_TRANSPORT[problem.code].status
  const body = remainingAttempts !== undefined ? { remainingAttempts } : { code: problem.code, message: problem.message, details: problem.details }
  sendJson(request, response, status, body, { ...(status === 401 ? {} : problemHeaders(problem)), ...PUBLIC })
}
