import type { ExactObject } from './exact-json.ts'
import { codedAt, codeAt, noteAt, textAt } from './read-draft.ts'
import { authorReference, blank, codedConcept, coding, encounterOf, newId, noteOf, now, SNOMED, subjectOf, type Coded, type WriteContext } from './write-context.ts'

/** SNOMED CT, R4 example value set servicerequest-category, and "Consultation". */
export const ORDER_CATEGORIES = [
  { key: 'laboratory', code: '108252007', display: 'Laboratory procedure' }, { key: 'imaging', code: '363679005', display: 'Imaging' },
  { key: 'surgery', code: '387713003', display: 'Surgical procedure' }, { key: 'consultation', code: '11429006', display: 'Consultation' },
] as const
/** R4 value set request-priority. */
export const ORDER_PRIORITIES = ['routine', 'urgent', 'asap', 'stat'] as const

export interface OrderDraft {
  readonly what: Coded
  readonly category: (typeof ORDER_CATEGORIES)[number]['key']
  readonly priority: (typeof ORDER_PRIORITIES)[number]
  /** FHIR date; empty: as soon as it fits. */
  readonly when: string
  readonly reason: string
  readonly note: string
}

/** Source: FHIR R4 ServiceRequest. */
export function buildOrder(draft: OrderDraft, context: WriteContext): ExactObject {
  const category = ORDER_CATEGORIES.find(({ key }) => key === draft.category) ?? ORDER_CATEGORIES[0]
  return {
    resourceType: 'ServiceRequest', id: newId(context), status: 'active', intent: 'order',
    category: [{ coding: [coding(SNOMED, category.code, category.display)], text: category.display }], priority: draft.priority, code: codedConcept(draft.what),
    subject: subjectOf(context), encounter: encounterOf(context), occurrenceDateTime: blank(draft.when) ? undefined : draft.when.trim(),
    authoredOn: now(context), requester: authorReference(context), reasonCode: blank(draft.reason) ? undefined : [{ text: draft.reason.trim() }], note: noteOf(draft.note, context),
  }
}

export function readOrder(resource: ExactObject): OrderDraft {
  return {
    what: codedAt(resource, 'code'), category: ORDER_CATEGORIES.find(({ code }) => code === codeAt(resource, 'category', 0))?.key ?? 'laboratory',
    priority: ORDER_PRIORITIES.find((one) => one === textAt(resource, 'priority')) ?? 'routine', when: textAt(resource, 'occurrenceDateTime') ?? '',
    reason: textAt(resource, 'reasonCode', 0, 'text') ?? '', note: noteAt(resource),
  }
}
