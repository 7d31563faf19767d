import { audit } from '../contracts/hospital/audit.ts'
import { fhir } from '../contracts/hospital/fhir.ts'
import { answerAuditEvents, AUDIT_EVENT } from './audit-events.ts'
import { etagOf, historyText, locationOf, searchsetText } from './bundle-text.ts'
import type { Version, Written } from './bundle-text.ts'
import { capabilityStatement } from './capability-statement.ts'
import { answerConsent } from './consents.ts'
import { callOperation } from './fhir-server.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import type { Interaction } from './interaction.ts'
import { FhirRefusal, listedIssues, outcomeText } from './outcome.ts'
import { answerSubscriptions, SUBSCRIPTION } from './subscriptions.ts'

/** Translates an interaction to its operation, and what that answers to FHIR. Errors: Problem, FhirRefusal. */
export async function answerCall(at: FhirServer, call: FhirCall): Promise<FhirAnswer> {
  const { interaction } = call
  if ('type' in interaction && interaction.type === AUDIT_EVENT) return answerAuditEvents((question) => callOperation(at, audit.search, question), { interaction, query: call.query, base: at.base })
  if ('type' in interaction && interaction.type === SUBSCRIPTION) return answerSubscriptions(at, call)
  const consent = await answerConsent(at, call)
  if (consent !== undefined) return consent
  const purpose = call.purpose === undefined ? {} : { purpose: call.purpose }
  switch (interaction.kind) {
    case 'capabilities': return ok(JSON.stringify(capabilityStatement(at.base, at.origin, await callOperation(at, fhir.capability, {}))))
    case 'read': return readAnswer(await callOperation(at, fhir.read, { type: interaction.type, id: interaction.id, ...optional('version', interaction.version), ...shown(call), ...purpose }), call)
    case 'search': return searchAnswer(at, call, interaction, purpose)
    case 'page': return pageAnswer(at, interaction.page)
    case 'history': {
      const value = valuesOf(call.query)
      const page = await callOperation(at, fhir.history, { type: interaction.type, ...optional('id', interaction.id), ...optional('since', value('_since')), ...counted(value('_count')), ...purpose })
      return ok(historyText(at.base, page.entries, { self: selfOf(at.base, `${interaction.type}${interaction.id === undefined ? '' : `/${interaction.id}`}/_history`, call.query), next: nextOf(at.base, 'h', page.next) }, page.total))
    }
    case 'everything': {
      const value = valuesOf(call.query)
      const types = call.query.filter(([name]) => name === '_type').flatMap(([, list]) => list.split(','))
      const page = await callOperation(at, fhir.everything, { id: interaction.id, ...(types.length === 0 ? {} : { types }), ...optional('since', value('_since')), ...optional('start', value('start')), ...optional('end', value('end')), ...counted(value('_count')), ...purpose })
      return ok(searchsetText(at.base, page.entries, { self: selfOf(at.base, `Patient/${interaction.id}/$everything`, call.query), next: nextOf(at.base, 'e', page.next) }, page.total))
    }
    case 'validate': {
      const { problems } = await callOperation(at, fhir.validate, { type: interaction.type, resource: call.body ?? '' })
      return ok(problems.length === 0 ? outcomeText([{ severity: 'information', code: 'informational', text: 'It is valid FHIR R4.' }]) : outcomeText(listedIssues(problems, 'invalid')))
    }
    case 'create': {
      const condition = call.ifNoneExist === undefined ? {} : { ifNoneExist: [...new URLSearchParams(call.ifNoneExist)] }
      return writeAnswer(at, call, await callOperation(at, fhir.create, { type: interaction.type, resource: call.body ?? '', ...condition, ...optional('patient', call.patient), ...optional('signed', call.signed), ...purpose }))
    }
    case 'update': {
      const onlyNew = call.ifNoneMatch?.includes('*') === true
      return writeAnswer(at, call, await callOperation(at, fhir.update, { type: interaction.type, ...whichOne(interaction.id, call), resource: call.body ?? '', onlyNew, ...optional('ifMatch', call.ifMatch), ...optional('patient', call.patient), ...optional('signed', call.signed), ...purpose }))
    }
    case 'patch': {
      if (call.signed !== undefined) throw new FhirRefusal(400, 'not-supported', 'What a patch makes is written out here, so its author cannot have signed it. Send the whole resource by PUT.')
      const patched = await callOperation(at, fhir.patch, { type: interaction.type, ...whichOne(interaction.id, call), patch: call.body ?? '', ...optional('ifMatch', call.ifMatch), ...purpose })
      return writeAnswer(at, { ...call, body: patched.resource }, patched)
    }
    default: throw new FhirRefusal(405, 'not-supported', 'This cannot be asked here.')
  }
}

const ok = (text: string): FhirAnswer => ({ status: 200, text, headers: {} })
/** What is changed: the id of the address, or what its query finds. */
function whichOne(id: string | undefined, { query }: FhirCall): object {
  if (id !== undefined) return { id }
  const condition = query.filter(([name]) => name !== '_format' && name !== '_pretty')
  if (condition.length === 0) throw new FhirRefusal(405, 'not-supported', 'What is changed has an id, or a search that finds it: PUT or PATCH /Type/id or /Type?search.', { allow: 'GET, POST' })
  return { condition }
}

const optional = (name: string, value: unknown): object => (value === undefined ? {} : { [name]: value })
const valuesOf = (query: FhirCall['query']) => (name: string): string | undefined => query.find(([each]) => each === name)?.[1]
const counted = (text: string | undefined): object => (text === undefined ? {} : { count: /^\d{1,6}$/.test(text) ? Math.max(1, Math.min(Number(text), 100)) : text })

function shown({ query }: FhirCall): object {
  const value = valuesOf(query)
  const elements = value('_elements')?.split(',').map((element) => element.trim()).filter((element) => element !== '')
  return { ...optional('summary', value('_summary')), ...optional('elements', elements) }
}

function readAnswer({ resource, version, lastUpdated, linked }: Version, { ifNoneMatch }: FhirCall): FhirAnswer {
  const headers = { etag: etagOf(version), 'last-modified': new Date(lastUpdated).toUTCString() }
  return !linked && ifNoneMatch?.some((each) => each === version || each === '*') === true ? { status: 304, headers } : { status: 200, text: resource, headers }
}

async function searchAnswer(at: FhirServer, call: FhirCall, { type, compartment }: Extract<Interaction, { kind: 'search' }>, purpose: object): Promise<FhirAnswer> {
  const own = call.query.filter(([name]) => name !== '_page').map(([name, value]) => [name, value])
  const parameters = compartment === undefined ? own : [...own, [type === 'Patient' ? '_id' : 'patient', compartment]]
  const answer = await callOperation(at, fhir.search, { type, parameters, strict: call.preferences.strict || compartment !== undefined, ...purpose })
  return ok(searchsetText(at.base, answer.entries, { self: selfOf(at.base, compartment === undefined ? type : `Patient/${compartment}/${type}`, call.query.filter(([name]) => !answer.ignored.includes(name))), next: nextOf(at.base, 's', answer.next) }, answer.total, notesOf(answer.ignored)))
}

/** The next page of whatever it was: the whole question is in the page's seal. */
async function pageAnswer(at: FhirServer, text: string): Promise<FhirAnswer> {
  const [kind, page] = [text.slice(0, 2), text.slice(2)]
  const self = selfOf(at.base, '', [['_page', text]])
  if (kind === 's.') {
    const answer = await callOperation(at, fhir.search, { type: 'Resource', parameters: [], page })
    return ok(searchsetText(at.base, answer.entries, { self, next: nextOf(at.base, 's', answer.next) }, answer.total))
  }
  if (kind === 'e.') {
    const answer = await callOperation(at, fhir.everything, { id: 'page', page })
    return ok(searchsetText(at.base, answer.entries, { self, next: nextOf(at.base, 'e', answer.next) }, answer.total))
  }
  if (kind !== 'h.') throw new FhirRefusal(400, 'invalid', 'This is no page of this server.')
  const answer = await callOperation(at, fhir.history, { type: 'Resource', page })
  return ok(historyText(at.base, answer.entries, { self, next: nextOf(at.base, 'h', answer.next) }, answer.total))
}

const nextOf = (base: string, kind: 's' | 'h' | 'e', next: string | undefined): string | undefined => (next === undefined ? undefined : `${base}?_page=${kind}.${next}`)

function selfOf(base: string, path: string, query: FhirCall['query']): string {
  const text = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()
  return `${base}${path === '' ? '' : `/${path}`}${text === '' ? '' : `?${text}`}`
}

function notesOf(ignored: readonly string[]): string | undefined {
  if (ignored.length === 0) return undefined
  return outcomeText([{ severity: 'warning', code: 'not-supported', text: `Left aside, because this type has no such parameters here: ${ignored.filter((name) => /^[\w:.-]{1,64}$/.test(name)).join(', ')}` }])
}

function writeAnswer(at: FhirServer, { body, preferences }: FhirCall, written: Written & { readonly resource?: string | undefined }): FhirAnswer {
  const { outcome, type, id, version, lastUpdated } = written
  const headers = { location: locationOf(at.base, type, id, version), etag: etagOf(version), ...(lastUpdated === undefined ? {} : { 'last-modified': new Date(lastUpdated).toUTCString() }) }
  const status = outcome === 'created' ? 201 : 200
  if (preferences.answer === 'minimal') return { status, headers }
  // What is there already has the bytes that were sent, or is what a condition found.
  if (preferences.answer === 'representation') return { status, text: written.resource ?? body ?? '', headers }
  return { status, text: outcomeText([{ severity: 'information', code: 'informational', text: outcome === 'existing' ? 'It was here already; nothing was written.' : 'Kept.' }]), headers }
}
