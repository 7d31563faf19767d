import type { ExactObject } from './exact-json.ts'
import { codeAt, codedAt, noteAt, textAt } from './read-draft.ts'
import { authorReference, blank, codedConcept, concept, encounterOf, newId, noteOf, now, subjectOf, type Coded, type WriteContext } from './write-context.ts'

/** R4 value sets condition-clinical, condition-ver-status (without what only a withdrawal says) and condition-category. */
export const CONDITION_COURSES = ['active', 'recurrence', 'remission', 'resolved'] as const
export const CONDITION_CERTAINTIES = ['confirmed', 'provisional', 'differential', 'unconfirmed'] as const
export const CONDITION_CATEGORIES = ['problem-list-item', 'encounter-diagnosis'] as const

export interface ConditionDraft {
  readonly what: Coded
  readonly course: (typeof CONDITION_COURSES)[number]
  readonly certainty: (typeof CONDITION_CERTAINTIES)[number]
  readonly category: (typeof CONDITION_CATEGORIES)[number]
  /** FHIR date: a year, a month or a day. */
  readonly onset: string
  readonly note: string
}

const terminology = 'http://terminology.hl7.org/CodeSystem/'

/** A diagnosis or a problem. Source: FHIR R4 Condition, with its invariants con-3 and con-5. */
export function buildCondition(draft: ConditionDraft, context: WriteContext): ExactObject {
  const author = authorReference(context)
  return {
    resourceType: 'Condition', id: newId(context),
    clinicalStatus: concept(`${terminology}condition-clinical`, draft.course),
    verificationStatus: concept(`${terminology}condition-ver-status`, draft.certainty),
    category: [concept(`${terminology}condition-category`, draft.category)],
    code: codedConcept(draft.what), subject: subjectOf(context), encounter: encounterOf(context),
    onsetDateTime: blank(draft.onset) ? undefined : draft.onset.trim(),
    recordedDate: now(context), recorder: author, asserter: author, note: noteOf(draft.note, context),
  }
}

export function readCondition(resource: ExactObject): ConditionDraft {
  const one = <T extends string>(choices: readonly T[], code: string | undefined, otherwise: T): T => choices.find((choice) => choice === code) ?? otherwise
  return {
    what: codedAt(resource, 'code'),
    course: one(CONDITION_COURSES, codeAt(resource, 'clinicalStatus'), 'active'),
    certainty: one(CONDITION_CERTAINTIES, codeAt(resource, 'verificationStatus'), 'confirmed'),
    category: one(CONDITION_CATEGORIES, codeAt(resource, 'category', 0), 'problem-list-item'),
    onset: textAt(resource, 'onsetDateTime') ?? '', note: noteAt(resource),
  }
}
