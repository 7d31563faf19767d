import type { z } from 'zod'
import type { hospital } from '../contracts/hospital/index.ts'
import { searchsetText } from './bundle-text.ts'
import type { Interaction } from './interaction.ts'
import { FhirRefusal } from './outcome.ts'

type Question = z.input<typeof hospital.audit.search.input>
/** Calls `hospital.audit.search`. */
type Ask = (question: Question) => Promise<z.output<typeof hospital.audit.search.output>>
type Query = readonly (readonly [string, string])[]
interface Answer {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

export const AUDIT_EVENT = 'AuditEvent'

/** Search parameters of AuditEvent that are answered, for the CapabilityStatement too. */
export const AUDIT_EVENT_PARAMETERS = [
  { name: 'date', type: 'date', documentation: 'eq, ge, gt, lt, le; an instant or a day' },
  { name: 'patient', type: 'reference', documentation: 'the patient\'s handle, also as patient:identifier=urn:careledger:patient|<handle>' },
  { name: 'agent', type: 'reference', documentation: 'a party, also as agent:identifier=urn:careledger:party|<party>' },
  { name: 'outcome', type: 'token', documentation: '0 or 4' },
] as const

/** `GET [base]/AuditEvent?...`, oldest first, and `GET [base]/AuditEvent/<id>`. Nobody writes one: they are made of decisions. */
export async function answerAuditEvents(ask: Ask, { interaction, query, base }: { readonly interaction: Interaction; readonly query: Query; readonly base: string }): Promise<Answer> {
  if (interaction.kind === 'search' && interaction.compartment === undefined) return search(ask, base, query)
  if (interaction.kind === 'read' && interaction.version === undefined) return read(ask, interaction.id)
  throw new FhirRefusal(405, 'not-supported', 'AuditEvents are made by this server; they are searched and read.', { allow: 'GET' })
}

async function search(ask: Ask, base: string, query: Query): Promise<Answer> {
  const { events, next } = await ask(questionOf(query))
  const entries = events.map((resource) => ({ type: AUDIT_EVENT, id: (JSON.parse(resource) as { readonly id: string }).id, version: '', lastUpdated: '', resource, mode: 'match' as const, amends: false, linked: false }))
  const link = (pairs: Query): string => `${base}/${AUDIT_EVENT}?${new URLSearchParams(pairs.map(([name, value]): [string, string] => [name, value])).toString()}`
  const without = query.filter(([name]) => name !== '_page')
  return { status: 200, text: searchsetText(base, entries, { self: link(query), next: next === undefined ? undefined : link([...without, ['_page', next]]) }, undefined), headers: {} }
}

/** An event's id is its decision's, which tells when it was made. */
async function read(ask: Ask, id: string): Promise<Answer> {
  const nothing = new FhirRefusal(404, 'not-found', 'There is nothing here, or you may not use it.')
  const decision = /^([0-9a-f]{8}-[0-9a-f]{4})-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/.exec(id)?.[1]
  if (decision === undefined) throw nothing
  const time = parseInt(decision.replace('-', ''), 16)
  for (let after: string | undefined; ;) {
    const { events, next } = await ask({ since: new Date(time).toISOString(), until: new Date(time + 1).toISOString(), limit: 1000, ...(after === undefined ? {} : { after }) })
    const found = events.find((event) => (JSON.parse(event) as { readonly id: string }).id === id)
    if (found !== undefined) return { status: 200, text: found, headers: {} }
    if (next === undefined) throw nothing
    after = next
  }
}

/** Errors: FhirRefusal 400 for a parameter or value that is not answered: of an audit trail nothing is left aside in silence. */
function questionOf(query: Query): Question {
  const question: { -readonly [K in keyof Question]: Question[K] } = {}
  for (const [name, value] of query) {
    if (name === '_page') question.after = value
    else if (name === '_count' && /^\d{1,6}$/.test(value)) question.limit = Math.max(1, Math.min(Number(value), 1000))
    else if (name === 'date') Object.assign(question, narrowed(question, value))
    else if (name === 'patient' || name === 'patient:identifier') question.patient = identifierOf(value, 'urn:careledger:patient')
    else if (name === 'agent' || name === 'agent:identifier') question.party = identifierOf(value, 'urn:careledger:party')
    else if (name === 'outcome' && (value === '0' || value === '4')) question.outcome = value === '0' ? 'permitted' : 'refused'
    else if (name !== '_format') throw new FhirRefusal(400, 'not-supported', `AuditEvent is searched by date, patient, agent, outcome and _count; not so: ${/^[\w:.-]{1,64}$/.test(name) ? name : 'another'}.`)
  }
  return question
}

const identifierOf = (value: string, system: string): string => (value.startsWith(`${system}|`) ? value.slice(system.length + 1) : value)

/** A day is all of it; an instant its millisecond. */
function narrowed({ since, until }: Question, text: string): Pick<Question, 'since' | 'until'> {
  const [, prefix = 'eq', value = ''] = /^(eq|ge|gt|lt|le)?(\d{4}-\d{2}-\d{2}(?:T.*)?)$/.exec(text) ?? []
  const from = Date.parse(value)
  if (Number.isNaN(from)) throw new FhirRefusal(400, 'invalid', 'A date is a day or an instant, with eq, ge, gt, lt or le before it.')
  const to = from + (value.length === 10 ? 86_400_000 : 1)
  const later = (a: string | undefined, b: number): string => (a === undefined || Date.parse(a) < b ? new Date(b).toISOString() : a)
  const earlier = (a: string | undefined, b: number): string => (a === undefined || Date.parse(a) > b ? new Date(b).toISOString() : a)
  return {
    ...(prefix === 'ge' || prefix === 'eq' ? { since: later(since, from) } : prefix === 'gt' ? { since: later(since, to) } : {}),
    ...(prefix === 'le' || prefix === 'eq' ? { until: earlier(until, to) } : prefix === 'lt' ? { until: earlier(until, from) } : {}),
  }
}
