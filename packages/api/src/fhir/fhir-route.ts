import type { Contract } from '../contracts/contract.ts'
import { consents } from '../contracts/hospital/consents.ts'
import { fhirSubscriptions } from '../contracts/hospital/fhir-subscriptions.ts'
import { fhir } from '../contracts/hospital/fhir.ts'
import { Problem } from '../contracts/problem.ts'
import { CallContext } from '../http/call-context.ts'
import { identify } from '../http/identify.ts'
import type { Caller } from '../http/identify.ts'
import { problemHeaders, send } from '../http/respond.ts'
import type { RouteRequest } from '../http/route-request.ts'
import type { ServerParts } from '../http/server-parts.ts'
import { checkRule } from '../rules.ts'
import { toProblem } from '../to-problem.ts'
import { answerBundle, refusalOf } from './batch.ts'
import { answerBinary } from './binary.ts'
import { CONSENT, consentEntry } from './consents.ts'
import { answerCall } from './fhir-call.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import { interactionOf } from './interaction.ts'
import type { Interaction } from './interaction.ts'
import { binaryForm, checkAccept, checkBodyType, etagsOf, FHIR_JSON, preferencesOf } from './negotiate.ts'
import { FhirRefusal } from './outcome.ts'
import { parametersIn } from './parameters-in.ts'
import { smartConfiguration } from './smart-configuration.ts'

export const FHIR_BASE = '/fhir/r4'

/**
 * Answers `/fhir/r4/...` (HL7 FHIR R4, RESTful API) by operations and nothing else. As everywhere, who calls and whether it may is settled before
 * a byte of the body is read. Every refusal is an OperationOutcome.
 */
export async function handleFhir(route: RouteRequest, server: ServerParts): Promise<void> {
  const { request, response } = route
  const base = `${route.origin}${FHIR_BASE}`
  let interaction: Interaction | undefined
  let caller = NOBODY
  try {
    const query = new URLSearchParams(route.query)
    interaction = interactionOf(request.method ?? '', pathUnder(route.path), query)
    if (interaction.kind === 'smart-configuration') return send(request, response, 200, JSON.stringify(smartConfiguration(route.origin, base)), { 'content-type': 'application/json', 'cache-control': 'public, max-age=300' })
    const isBinary = interaction.kind === 'read' && interaction.type === 'Binary'
    if (!isBinary) checkAccept(request, query)
    const form = isBinary ? binaryForm(request, query) : 'json'
    if (interaction.kind !== 'capabilities') caller = await begin(route, server, interaction)
    const contract = contractOf(interaction, request)
    if (contract !== undefined) await server.checkCaller(contract, { actor: caller.actor, address: route.address }, performance.now())
    const by = caller
    const at: FhirServer = { server, context: new CallContext(route, server, by), origin: route.origin, base, streaming: (reply) => new CallContext(route, server, by, { reply }) }
    const call = await toCall(route, server, interaction, query, caller)
    if (isBinary) return await answerBinary(route, at, call, { form, caller, useUp: () => useUp(route, server, caller) })
    const answer = interaction.kind === 'bundle' ? await answerBundle(at, call) : await answerCall(at, call)
    await useUp(route, server, caller)
    reply(route, answer)
  } catch (refusal) {
    if (response.headersSent) return void response.destroy()
    const thrown = await useUp(route, server, caller).then(() => refusal, (second: unknown) => second)
    const instance = interaction?.kind === 'read' || interaction?.kind === 'everything' || interaction?.kind === 'delete' || interaction?.kind === 'status' || ((interaction?.kind === 'history' || interaction?.kind === 'patch') && interaction.id !== undefined)
    const { status, text } = refusalOf(thrown, instance)
    const headers = thrown instanceof FhirRefusal ? thrown.headers : problemHeaders(toProblem(thrown))
    send(request, response, status, text, { 'content-type': FHIR_JSON, 'x-request-id': route.requestId, ...headers })
  }
}

const NOBODY: Caller = { actor: undefined, session: undefined, possession: undefined }
const WELL_KNOWN = '/.well-known/smart-configuration'

const pathUnder = (path: string): string => (path === WELL_KNOWN ? path : decode(path.slice(FHIR_BASE.length)))

function decode(path: string): string {
  try {
    return decodeURIComponent(path)
  } catch {
    throw new FhirRefusal(400, 'invalid', 'The address has a malformed percent escape.')
  }
}

/** The operation whose rule a caller must meet before its body is read; a batch asks each of its own. */
const CONTRACTS = { create: fhir.create, update: fhir.update, patch: fhir.patch, validate: fhir.validate, read: fhir.read, search: fhir.search, history: fhir.history, everything: fhir.everything, page: fhir.search } as const

const READS: readonly Interaction['kind'][] = ['read', 'search', 'history', 'everything', 'page']

/** A consent is the patient's to give, everything else the staff's to write. */
function contractOf(interaction: Interaction, { headers }: RouteRequest['request']): Contract | undefined {
  if (interaction.kind === 'delete') return fhirSubscriptions.remove
  if ((interaction.kind === 'create' || interaction.kind === 'update') && interaction.type === CONSENT && consentEntry(signedOf(one(headers['careledger-entry']), one(headers['careledger-opening']))) !== undefined) return consents.give
  return interaction.kind in CONTRACTS ? CONTRACTS[interaction.kind as keyof typeof CONTRACTS] : undefined
}

async function begin(route: RouteRequest, server: ServerParts, interaction: Interaction): Promise<Caller> {
  try {
    return await identify({ request: route.request, auth: server.auth, origin: route.origin, path: route.path, actorNeeded: true, pending: interaction.kind !== 'bundle', remembered: READS.includes(interaction.kind), now: route.now })
  } catch (thrown) {
    throw server.chargeFailure(route, toProblem(thrown))
  }
}

/** Nothing is answered before the request's proof is used up. */
async function useUp(route: RouteRequest, server: ServerParts, { proof }: Caller): Promise<void> {
  if (proof === undefined || proof.used) return
  try {
    await server.auth.useUp(proof)
  } catch (thrown) {
    throw server.chargeFailure(route, toProblem(thrown))
  }
}

async function toCall(route: RouteRequest, server: ServerParts, interaction: Interaction, query: URLSearchParams, { actor }: Caller): Promise<FhirCall> {
  const { request } = route
  const { headers } = request
  const patches = interaction.kind === 'patch'
  const writes = interaction.kind === 'create' || interaction.kind === 'validate' || interaction.kind === 'update' || interaction.kind === 'bundle'
  const form = interaction.kind === 'search' && interaction.byPost
  const operates = interaction.kind === 'everything' && interaction.byPost === true && headers['content-type'] !== undefined
  if (writes || operates) checkBodyType(request, 'json')
  if (form) checkBodyType(request, 'form')
  if (patches) checkBodyType(request, 'patch')
  const body = writes || form || patches || operates ? await server.bodies.read(request, route.response, writes && mayWrite(actor) ? server.limits.largeBodyBytesMax : server.limits.bodyBytesMax) : undefined
  return {
    interaction,
    query: [...query, ...(form ? [...new URLSearchParams(body)] : operates ? parametersIn(body ?? '') : [])],
    body: form || operates ? undefined : body,
    ifMatch: etagsOf(headers['if-match']), ifNoneMatch: etagsOf(headers['if-none-match']), ifNoneExist: one(headers['if-none-exist']),
    patient: one(headers['careledger-patient']), purpose: one(headers['careledger-purpose']), signed: signedOf(one(headers['careledger-entry']), one(headers['careledger-opening'])),
    preferences: preferencesOf(request),
  }
}

/** Whoever writes nothing sends a batch of reads at most, which is small. */
function mayWrite(actor: Caller['actor']): boolean {
  try {
    checkRule(fhir.transaction, actor)
    return true
  } catch {
    return false
  }
}

const one = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header[0] : header)

/** `CareLedger-Entry`: base64url of `{"entry": "<canonical>", "signature": {...}}`; `CareLedger-Opening`: the salt. */
function signedOf(entry: string | undefined, salt: string | undefined): FhirCall['signed'] {
  if (entry === undefined && salt === undefined) return undefined
  try {
    const parsed = JSON.parse(Buffer.from(entry ?? '', 'base64url').toString('utf8')) as NonNullable<FhirCall['signed']>
    const signed = { entry: parsed.entry, signature: parsed.signature, salt: salt ?? '' }
    // A withdrawal has no payload to open.
    if (typeof signed.entry !== 'string' || (salt === undefined && consentEntry(signed) !== 'consent-withdrawn')) throw new TypeError('One of the two is missing.')
    return signed
  } catch {
    throw new Problem('INPUT_MALFORMED', 'CareLedger-Entry and CareLedger-Opening come together: an entry with its signature, and the salt of the body.')
  }
}

function reply({ request, response, requestId }: RouteRequest, { status, text, headers }: FhirAnswer): void {
  const type = text === undefined ? {} : { 'content-type': FHIR_JSON }
  send(request, response, status, text ?? '', { ...type, 'x-request-id': requestId, ...headers })
}
