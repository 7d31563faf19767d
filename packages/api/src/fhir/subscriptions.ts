import { fhirSubscriptions } from '../contracts/hospital/fhir-subscriptions.ts'
import { searchsetText } from './bundle-text.ts'
import { callOperation } from './fhir-server.ts'
import type { FhirAnswer, FhirCall, FhirServer } from './fhir-server.ts'
import { FhirRefusal } from './outcome.ts'

export const SUBSCRIPTION = 'Subscription'

/** Search parameters of Subscription that are answered, for the CapabilityStatement too. */
export const SUBSCRIPTION_PARAMETERS = [
  { name: '_id', type: 'token' }, { name: 'status', type: 'token' }, { name: 'type', type: 'token' }, { name: 'url', type: 'uri' }, { name: 'criteria', type: 'string' }, { name: 'payload', type: 'token' },
] as const

/** Answers `/Subscription`: the caller's own are made, read, searched, switched off and on, and removed. Errors: Problem; FhirRefusal 405 for versions. */
export async function answerSubscriptions(at: FhirServer, call: FhirCall): Promise<FhirAnswer> {
  const { interaction, body = '' } = call
  const purpose = call.purpose === undefined ? {} : { purpose: call.purpose }
  if (interaction.kind === 'create') {
    const { id, resource, secret } = await callOperation(at, fhirSubscriptions.create, { resource: body, base: at.base, ...purpose })
    return { status: 201, ...(call.preferences.answer === 'minimal' ? {} : { text: resource }), headers: { location: `${at.base}/${SUBSCRIPTION}/${id}`, 'careledger-subscription-secret': secret, 'cache-control': 'no-store' } }
  }
  if (interaction.kind === 'search' && interaction.compartment === undefined) return search(at, call)
  if (interaction.kind === 'read' && interaction.version === undefined) return { status: 200, text: (await callOperation(at, fhirSubscriptions.read, { id: uuidOf(interaction.id) })).resource, headers: {} }
  if (interaction.kind === 'update' && interaction.id !== undefined) return { status: 200, text: (await callOperation(at, fhirSubscriptions.update, { id: uuidOf(interaction.id), resource: body })).resource, headers: {} }
  if (interaction.kind === 'delete') {
    await callOperation(at, fhirSubscriptions.remove, { id: uuidOf(interaction.id) })
    return { status: 204, headers: {} }
  }
  if (interaction.kind === 'status') return statusOf(at, interaction.id)
  throw new FhirRefusal(405, 'not-supported', 'Subscriptions are created, read, searched, updated and deleted; they have no versions.', { allow: 'GET, POST, PUT, DELETE' })
}

/** Another id is nobody's: it is asked for all the same, and refused alike. */
const uuidOf = (id: string): string => (/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : '00000000-0000-4000-8000-000000000000')

interface Shown {
  readonly id: string
  readonly status: string
  readonly criteria: string
  readonly channel: { readonly type: string; readonly endpoint: string; readonly payload?: string }
}

/** `$status` (HL7 Subscriptions R5 Backport): how one stands, as a notification would say it. */
async function statusOf(at: FhirServer, id: string): Promise<FhirAnswer> {
  const { resource, events } = await callOperation(at, fhirSubscriptions.read, { id: uuidOf(id) })
  const { status } = JSON.parse(resource) as Shown
  const parameter = [{ name: 'subscription', valueReference: { reference: `${at.base}/${SUBSCRIPTION}/${id}` } }, { name: 'status', valueCode: status }, { name: 'type', valueCode: 'query-status' }, { name: 'events-since-subscription-start', valueString: String(events) }]
  const parameters = { resourceType: 'Parameters', meta: { profile: ['http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-status-r4'] }, parameter }
  return { status: 200, text: JSON.stringify({ resourceType: 'Bundle', type: 'searchset', total: 1, entry: [{ fullUrl: `urn:uuid:${id}`, resource: parameters, search: { mode: 'match' } }] }), headers: {} }
}

async function search(at: FhirServer, { query, preferences }: FhirCall): Promise<FhirAnswer> {
  const known = SUBSCRIPTION_PARAMETERS.map(({ name }) => name as string)
  const unknown = query.find(([name]) => !known.includes(name) && !['_format', '_pretty', '_count', '_total'].includes(name))
  if (unknown !== undefined && (preferences.strict || unknown[0].includes(':'))) throw new FhirRefusal(400, 'not-supported', `Subscription is searched by ${known.join(', ')}.`)
  const { items } = await callOperation(at, fhirSubscriptions.list, {})
  const found = items.filter(({ resource }) => query.every(([name, value]) => !known.includes(name) || meets(JSON.parse(resource) as Shown, name, value.split(','))))
  const entries = found.map(({ id, resource, createdAt }) => ({ type: SUBSCRIPTION, id, version: '', lastUpdated: createdAt, resource, mode: 'match' as const, amends: false, linked: false }))
  const self = new URLSearchParams(query.map(([name, value]): [string, string] => [name, value])).toString()
  return { status: 200, text: searchsetText(at.base, entries, { self: `${at.base}/${SUBSCRIPTION}${self === '' ? '' : `?${self}`}` }, entries.length), headers: {} }
}

function meets({ id, status, criteria, channel }: Shown, name: string, values: readonly string[]): boolean {
  if (name === 'criteria') return values.some((value) => criteria.toLowerCase().startsWith(value.toLowerCase()))
  const own = { _id: id, status, type: channel.type, url: channel.endpoint, payload: channel.payload }[name]
  return own !== undefined && values.some((value) => value.slice(value.lastIndexOf('|') + 1) === own || value === own)
}
