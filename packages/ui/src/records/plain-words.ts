import type { WordKey } from '../i18n/translate.ts'
import { at, concept, items, list, quantity, text, type Resource } from './resource.ts'
import { withUnits } from './units.ts'

export interface PlainFact {
  readonly label: WordKey
  readonly value: string
  /** Dates are written by the reader's language. */
  readonly date?: boolean
}

type Reader = (resource: Resource) => string | undefined

/** One line for each thing a person would ask; the first reader that finds something gives it. Source: FHIR R4 resource definitions. */
const lines: readonly (readonly [WordKey, readonly Reader[], 'date'?])[] = [
  ['field.name', [name]],
  ['field.what', [member('code'), member('medicationCodeableConcept'), display('medicationReference'), member('vaccineCode'), first('type'), member('title'), first('description'), member('description'), member('deviceName')]],
  ['field.value', [value]],
  ['field.partOf', [components]],
  ['field.range', [range]],
  ['field.interpretation', [first('interpretation')]],
  ['field.result', [displays('result'), member('conclusion')]],
  ['field.dose', [dose]],
  ['field.born', [member('birthDate')], 'date'],
  ['field.sex', [member('gender')]],
  ['field.when', [
    member('effectiveDateTime'), path('effectivePeriod', 'start'), member('onsetDateTime'), path('performedPeriod', 'start'), member('performedDateTime'), member('authoredOn'),
    member('occurrenceDateTime'), path('period', 'start'), member('started'), member('recordedDate'), path('billablePeriod', 'start'), member('issued'), member('created'), member('recorded'),
  ], 'date'],
  ['field.until', [member('abatementDateTime'), path('effectivePeriod', 'end'), path('performedPeriod', 'end'), path('period', 'end')], 'date'],
  ['field.status', [member('clinicalStatus'), member('status')]],
  ['field.verification', [member('verificationStatus')]],
  ['field.reaction', [reactions]],
  ['field.severity', [member('severity'), member('criticality')]],
  ['field.priority', [member('priority')]],
  ['field.kind', [first('category'), member('class')]],
  ['field.reason', [first('reasonCode'), displays('reasonReference'), first('reason')]],
  ['field.overruled', [overruled]],
  ['field.by', [displays('performer'), display('requester'), participants, display('provider'), displays('author'), display('recorder'), agents]],
  ['field.place', [locations, display('serviceProvider'), display('location'), display('managingOrganization')]],
  ['field.amount', [path('total', 'value'), path('payment', 'amount', 'value')]],
  ['field.address', [address]],
  ['field.telephone', [telephone]],
  ['field.identifier', [identifier]],
  ['field.text', [noteText]],
  ['field.note', [notes]],
]

/** A record in words: what a person would ask, in that order. Values are the hospital's own words and digits. */
export function plainFacts(resource: Resource): readonly PlainFact[] {
  return lines.flatMap(([label, readers, date]) => {
    const found = readers.map((read) => read(resource)).find((words) => words !== undefined)
    return found === undefined ? [] : [{ label, value: withUnits(found), ...(date && { date: true }) }]
  })
}

function member(key: string): Reader {
  return (resource) => concept(at(resource, key))
}

function path(...steps: readonly string[]): Reader {
  return (resource) => text(at(resource, ...steps))
}

function first(key: string): Reader {
  return (resource) => list(items(at(resource, key)).map(concept))
}

function display(key: string): Reader {
  return (resource) => text(at(resource, key, 'display'))
}

function displays(key: string): Reader {
  return (resource) => list(items(at(resource, key)).map((node) => text(at(node, 'display')) ?? text(at(node, 'actor', 'display'))))
}

function value(resource: Resource): string | undefined {
  return quantity(at(resource, 'valueQuantity')) ?? concept(at(resource, 'valueCodeableConcept')) ?? text(at(resource, 'valueString')) ?? text(at(resource, 'valueBoolean')) ?? text(at(resource, 'valueInteger')) ?? text(at(resource, 'valueDateTime'))
}

function components(resource: Resource): string | undefined {
  return list(items(at(resource, 'component')).map((part) => [concept(at(part, 'code')), value(part)].filter(Boolean).join(' ') || undefined))
}

function range(resource: Resource): string | undefined {
  const given = at(resource, 'referenceRange', 0)
  const words = text(at(given, 'text'))
  if (words !== undefined) return words
  const [low, high] = [quantity(at(given, 'low')), quantity(at(given, 'high'))]
  if (low !== undefined && high !== undefined) return `${low} – ${high}`
  return low !== undefined ? `≥ ${low}` : high !== undefined ? `≤ ${high}` : undefined
}

function dose(resource: Resource): string | undefined {
  return list(items(at(resource, 'dosageInstruction')).map((instruction) => {
    const words = text(at(instruction, 'text'))
    if (words !== undefined) return words
    const amount = quantity(at(instruction, 'doseAndRate', 0, 'doseQuantity'))
    const [times, every, unit] = [text(at(instruction, 'timing', 'repeat', 'frequency')), text(at(instruction, 'timing', 'repeat', 'period')), text(at(instruction, 'timing', 'repeat', 'periodUnit'))]
    const rhythm = times !== undefined && every !== undefined && unit !== undefined ? `${times} × / ${every} ${unit}` : undefined
    return [amount, rhythm].filter(Boolean).join(', ') || undefined
  }))
}

function name(resource: Resource): string | undefined {
  if (text(at(resource, 'name')) !== undefined) return text(at(resource, 'name'))
  return list(items(at(resource, 'name')).slice(0, 1).map((given) => text(at(given, 'text')) ?? ([...items(at(given, 'given')).map(text), text(at(given, 'family'))].filter(Boolean).join(' ') || undefined)))
}

function participants(resource: Resource): string | undefined {
  return list(items(at(resource, 'participant')).map((one) => text(at(one, 'individual', 'display')) ?? text(at(one, 'member', 'display'))))
}

function locations(resource: Resource): string | undefined {
  return list(items(at(resource, 'location')).map((one) => text(at(one, 'location', 'display')) ?? text(at(one, 'display'))))
}

function address(resource: Resource): string | undefined {
  return list(items(at(resource, 'address')).slice(0, 1).map((one) => text(at(one, 'text')) ?? ([...items(at(one, 'line')).map(text), text(at(one, 'city')), text(at(one, 'state')), text(at(one, 'postalCode'))].filter(Boolean).join(', ') || undefined)))
}

function telephone(resource: Resource): string | undefined {
  return list(items(at(resource, 'telecom')).filter((one) => text(at(one, 'system')) === 'phone').map((one) => text(at(one, 'value'))))
}

function identifier(resource: Resource): string | undefined {
  return text(at(resource, 'resourceType')) === 'Patient' ? list(items(at(resource, 'identifier')).filter((one) => concept(at(one, 'type')) !== undefined).map((one) => `${concept(at(one, 'type'))} ${text(at(one, 'value')) ?? ''}`)) : undefined
}

/** What an allergy did, with how severe it was. */
function reactions(resource: Resource): string | undefined {
  return list(items(at(resource, 'reaction')).map((reaction) => [list(items(at(reaction, 'manifestation')).map(concept)), text(at(reaction, 'severity'))].filter(Boolean).join(', ') || undefined))
}

/** Warnings that a prescriber has overruled, each with the reason. */
function overruled(resource: Resource): string | undefined {
  return list(items(at(resource, 'contained')).filter((one) => text(at(one, 'resourceType')) === 'DetectedIssue').map((issue) => [text(at(issue, 'detail')), concept(at(issue, 'mitigation', 0, 'action'))].filter(Boolean).join(': ') || undefined))
}

function agents(resource: Resource): string | undefined {
  return list(items(at(resource, 'agent')).map((agent) => text(at(agent, 'who', 'display'))))
}

/** The text of a document that carries plain text inline. */
function noteText(resource: Resource): string | undefined {
  return list(items(at(resource, 'content')).map((content) => {
    const data = text(at(content, 'attachment', 'data'))
    if (data === undefined || text(at(content, 'attachment', 'contentType'))?.startsWith('text/plain') !== true) return undefined
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(Uint8Array.from(atob(data), (character) => character.charCodeAt(0)))
    } catch {
      return undefined
    }
  }))
}

function notes(resource: Resource): string | undefined {
  return list(items(at(resource, 'note')).map((one) => text(at(one, 'text'))))
}
