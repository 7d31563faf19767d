import type { WordKey } from '../i18n/translate.ts'
import { at, concept, items, list, quantity, text, type Resource } from './resource.ts'
import { withUnits } from './units.ts'

export interface PlainFact {
  readonly label: WordKey
  readonly value: string
  /** Dates are written by the reader's language. */
  readonly date?: boolean
}

/** The title of the record that a reference leads to, where it may be read; `undefined`: not known. */
export type Names = (reference: string) => string | undefined
type Reader = (resource: Resource, names: Names) => string | undefined

/** One line for each thing a person would ask; the first reader that finds something gives it. Source: FHIR R4 resource definitions. */
const lines: readonly (readonly [WordKey, readonly Reader[], 'date'?])[] = [
  ['field.name', [name]],
  ['field.what', [member('code'), member('medicationCodeableConcept'), member('vaccineCode'), first('type'), member('title'), named('medicationReference'), first('description'), member('description'), member('deviceName'), path('deviceName', 0, 'name'), first('condition', 'code')]],
  ['field.value', [value]],
  ['field.partOf', [components]],
  ['field.range', [range]],
  ['field.interpretation', [first('interpretation')]],
  ['field.result', [displays('result'), member('conclusion')]],
  ['field.conclusion', [member('conclusion'), first('conclusionCode'), member('summary')]],
  ['field.reaction', [reactions]],
  ['field.target', [targets]],
  ['field.activity', [activities]],
  ['field.dose', [dose]],
  ['field.route', [member('route'), path('dosageInstruction', 0, 'route', 'text'), path('dosageInstruction', 0, 'route', 'coding', 0, 'display')]],
  ['field.site', [first('bodySite'), member('bodySite'), member('site')]],
  ['field.batch', [path('lotNumber')]],
  ['field.outcome', [member('outcome'), member('achievementStatus'), member('disposition')]],
  ['field.series', [imaging]],
  ['field.born', [member('birthDate')], 'date'],
  ['field.sex', [member('gender')]],
  ['field.when', [
    member('effectiveDateTime'), path('effectivePeriod', 'start'), member('onsetDateTime'), path('performedPeriod', 'start'), member('performedDateTime'), member('authoredOn'), path('servicedPeriod', 'start'), member('start'), member('date'), member('startDate'), path('context', 'period', 'start'),
    member('occurrenceDateTime'), path('period', 'start'), member('started'), member('recordedDate'), path('billablePeriod', 'start'), member('issued'), member('created'), member('recorded'),
  ], 'date'],
  ['field.until', [member('abatementDateTime'), path('effectivePeriod', 'end'), path('performedPeriod', 'end'), path('period', 'end'), path('billablePeriod', 'end')], 'date'],
  ['field.status', [member('clinicalStatus'), member('lifecycleStatus'), member('status')]],
  ['field.verification', [member('verificationStatus')]],
  ['field.severity', [member('severity'), member('criticality')]],
  ['field.priority', [member('priority')]],
  ['field.kind', [first('category'), member('class')]],
  ['field.reason', [first('reasonCode'), displays('reasonReference'), displays('addresses'), diagnoses, first('reason')]],
  ['field.overruled', [overruled]],
  ['field.goals', [displays('goal')]],
  ['field.relationship', [first('relationship'), member('relationship')]],
  ['field.by', [displays('performer'), named('requester'), participants, named('provider'), displays('author'), named('recorder'), named('asserter'), named('enterer'), agents]],
  ['field.orderedBy', [referrer]],
  ['field.payer', [displays('payor'), displays('insurer'), insurance]],
  ['field.place', [locations, named('serviceProvider'), named('location'), named('managingOrganization'), named('custodian'), displays('facility')]],
  ['field.amount', [path('total', 'value'), path('payment', 'amount', 'value')]],
  ['field.address', [address]],
  ['field.telephone', [telephone]],
  ['field.identifier', [identifier]],
  ['field.text', [noteText]],
  ['field.note', [notes]],
]

/** A record in words: what a person would ask, in that order. Values are the hospital's own words and digits. */
export function plainFacts(resource: Resource, names: Names = () => undefined): readonly PlainFact[] {
  const all: Names = (reference) => names(reference) ?? containedName(resource, reference)
  return lines.flatMap(([label, readers, date]) => {
    const found = readers.map((read) => read(resource, all)).find((words) => words !== undefined)
    return found === undefined ? [] : [{ label, value: withUnits(found), ...(date && { date: true }) }]
  })
}

/** What a resource inside this one is called, by `#id`. */
function containedName(resource: Resource, reference: string): string | undefined {
  const inside = reference.startsWith('#') ? items(at(resource, 'contained')).find((one) => text(at(one, 'id')) === reference.slice(1)) : undefined
  return inside === undefined ? undefined : (concept(at(inside, 'code')) ?? name(inside) ?? first('ingredient', 'itemCodeableConcept')(inside, () => undefined) ?? concept(at(inside, 'type')))
}

function member(key: string): Reader {
  return (resource) => concept(at(resource, key))
}

function path(...steps: readonly (string | number)[]): Reader {
  return (resource) => text(at(resource, ...steps))
}

function first(key: string, inside?: string): Reader {
  return (resource) => list(items(at(resource, key)).map((node) => concept(inside === undefined ? node : at(node, inside))))
}

/** Who or what a reference names: its own words, or the title of the record it leads to. */
function nameOf(node: Resource | undefined, names: Names): string | undefined {
  const reference = text(at(node, 'reference'))
  return text(at(node, 'display')) ?? (reference === undefined ? undefined : names(reference)) ?? text(at(node, 'identifier', 'value'))
}

function named(key: string): Reader {
  return (resource, names) => nameOf(at(resource, key), names)
}

function displays(key: string): Reader {
  return (resource, names) => list(items(at(resource, key)).map((node) => nameOf(node, names) ?? nameOf(at(node, 'actor'), names)))
}

/** The value, or why there is none. */
function value(resource: Resource): string | undefined {
  return measured(resource) ?? concept(at(resource, 'dataAbsentReason'))
}

function measured(resource: Resource): string | undefined {
  return quantity(at(resource, 'valueQuantity')) ?? concept(at(resource, 'valueCodeableConcept')) ?? text(at(resource, 'valueString')) ?? text(at(resource, 'valueBoolean')) ?? text(at(resource, 'valueInteger')) ?? text(at(resource, 'valueDateTime'))
}

/** Each part with its value or why there is none, what it means, and its own range. */
function components(resource: Resource): string | undefined {
  return list(items(at(resource, 'component')).map((part) => {
    const beside = [first('interpretation')(part, () => undefined), range(part)].filter((words) => words !== undefined).join(', ')
    return [concept(at(part, 'code')), value(part), beside === '' ? undefined : `(${beside})`].filter(Boolean).join(' ') || undefined
  }))
}

/** Every range that the result brings, each with whom it is for where it says so. */
function range(resource: Resource): string | undefined {
  return list(items(at(resource, 'referenceRange')).map((given) => {
    const [low, high] = [quantity(at(given, 'low')), quantity(at(given, 'high'))]
    const ends = low !== undefined && high !== undefined ? `${low} – ${high}` : low !== undefined ? `≥ ${low}` : high !== undefined ? `≤ ${high}` : undefined
    const words = text(at(given, 'text')) ?? ends
    const whom = [concept(at(given, 'type')), ...items(at(given, 'appliesTo')).map(concept)].filter((one) => one !== undefined && one !== 'Normal Range' && one !== 'normal').join(', ')
    return words === undefined ? undefined : whom === '' ? words : `${words} (${whom})`
  }))
}

function dose(resource: Resource): string | undefined {
  return list([...items(at(resource, 'dosageInstruction')), ...items(at(resource, 'dosage'))].map((instruction) => {
    const words = text(at(instruction, 'text'))
    if (words !== undefined) return words
    const amount = quantity(at(instruction, 'doseAndRate', 0, 'doseQuantity')) ?? quantity(at(instruction, 'dose'))
    const [times, every, unit] = [text(at(instruction, 'timing', 'repeat', 'frequency')), text(at(instruction, 'timing', 'repeat', 'period')), text(at(instruction, 'timing', 'repeat', 'periodUnit'))]
    const rhythm = times !== undefined && every !== undefined && unit !== undefined ? `${times} × / ${every} ${unit}` : undefined
    return [amount, rhythm].filter(Boolean).join(', ') || undefined
  }))
}

function name(resource: Resource): string | undefined {
  if (text(at(resource, 'name')) !== undefined) return text(at(resource, 'name'))
  return list(items(at(resource, 'name')).slice(0, 1).map((given) => text(at(given, 'text')) ?? ([...items(at(given, 'given')).map(text), text(at(given, 'family'))].filter(Boolean).join(' ') || undefined)))
}

function participants(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'participant')).map((one) => nameOf(at(one, 'individual'), names) ?? nameOf(at(one, 'member'), names) ?? nameOf(at(one, 'actor'), names)))
}

function locations(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'location')).map((one) => nameOf(at(one, 'location'), names) ?? nameOf(one, names)))
}

function reactions(resource: Resource): string | undefined {
  return list(items(at(resource, 'reaction')).flatMap((one) => [...items(at(one, 'manifestation')).map(concept), concept(at(one, 'severity'))]))
}

function targets(resource: Resource): string | undefined {
  return list(items(at(resource, 'target')).map((one) => [concept(at(one, 'measure')), quantity(at(one, 'detailQuantity')) ?? concept(at(one, 'detailCodeableConcept')), text(at(one, 'dueDate'))].filter(Boolean).join(', ') || undefined))
}

function activities(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'activity')).map((one) => concept(at(one, 'detail', 'code')) ?? text(at(one, 'detail', 'description')) ?? nameOf(at(one, 'reference'), names)))
}

function imaging(resource: Resource): string | undefined {
  if (text(at(resource, 'resourceType')) !== 'ImagingStudy') return undefined
  return list(items(at(resource, 'series')).map((one) => [concept(at(one, 'modality')), concept(at(one, 'bodySite')), text(at(one, 'description'))].filter(Boolean).join(', ') || undefined))
}

function diagnoses(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'diagnosis')).map((one) => concept(at(one, 'diagnosisCodeableConcept')) ?? nameOf(at(one, 'diagnosisReference'), names) ?? nameOf(at(one, 'condition'), names)))
}

/** Warnings that a prescriber has overruled, each with the reason. */
function overruled(resource: Resource): string | undefined {
  return list(items(at(resource, 'contained')).filter((one) => text(at(one, 'resourceType')) === 'DetectedIssue').map((issue) => [text(at(issue, 'detail')), concept(at(issue, 'mitigation', 0, 'action'))].filter(Boolean).join(': ') || undefined))
}

function agents(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'agent')).map((agent) => nameOf(at(agent, 'who'), names)))
}

function referrer(resource: Resource, names: Names): string | undefined {
  return nameOf(at(resource, 'referrer'), names) ?? nameOf(at(resource, 'referral'), names)
}

function insurance(resource: Resource, names: Names): string | undefined {
  return list(items(at(resource, 'insurance')).map((one) => nameOf(at(one, 'coverage'), names)))
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
