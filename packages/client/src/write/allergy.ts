import type { ExactObject } from './exact-json.ts'
import { codedAt, codeAt, noteAt, textAt } from './read-draft.ts'
import { authorReference, blank, codedConcept, concept, encounterOf, newId, noteOf, now, subjectOf, type Coded, type WriteContext } from './write-context.ts'

/** R4 value sets allergy-intolerance-type, -category, -criticality, reaction-event-severity. */
export const ALLERGY_TYPES = ['allergy', 'intolerance'] as const
export const ALLERGY_CATEGORIES = ['medication', 'food', 'environment', 'biologic'] as const
export const ALLERGY_CRITICALITIES = ['high', 'low', 'unable-to-assess'] as const
export const REACTION_SEVERITIES = ['mild', 'moderate', 'severe'] as const

export interface AllergyDraft {
  readonly what: Coded
  readonly type: (typeof ALLERGY_TYPES)[number]
  readonly category: (typeof ALLERGY_CATEGORIES)[number]
  readonly criticality: (typeof ALLERGY_CRITICALITIES)[number]
  /** What happened, in words; empty: not known. */
  readonly reaction: string
  readonly severity: (typeof REACTION_SEVERITIES)[number] | ''
  readonly note: string
}

const terminology = 'http://terminology.hl7.org/CodeSystem/'

/** Source: FHIR R4 AllergyIntolerance, with its invariants ait-1 and ait-2. */
export function buildAllergy(draft: AllergyDraft, context: WriteContext): ExactObject {
  return {
    resourceType: 'AllergyIntolerance', id: newId(context),
    clinicalStatus: concept(`${terminology}allergyintolerance-clinical`, 'active'),
    verificationStatus: concept(`${terminology}allergyintolerance-verification`, 'confirmed'),
    type: draft.type, category: [draft.category], criticality: draft.criticality,
    code: codedConcept(draft.what), patient: subjectOf(context), encounter: encounterOf(context),
    recordedDate: now(context), recorder: authorReference(context), note: noteOf(draft.note, context),
    reaction: blank(draft.reaction) ? undefined : [{ manifestation: [{ text: draft.reaction.trim() }], severity: draft.severity === '' ? undefined : draft.severity }],
  }
}

export function readAllergy(resource: ExactObject): AllergyDraft {
  const one = <T extends string, O>(choices: readonly T[], code: string | undefined, otherwise: O): T | O => choices.find((choice) => choice === code) ?? otherwise
  return {
    what: codedAt(resource, 'code'),
    type: one(ALLERGY_TYPES, textAt(resource, 'type'), 'allergy'), category: one(ALLERGY_CATEGORIES, textAt(resource, 'category', 0), 'medication'),
    criticality: one(ALLERGY_CRITICALITIES, textAt(resource, 'criticality'), 'unable-to-assess'),
    reaction: textAt(resource, 'reaction', 0, 'manifestation', 0, 'text') ?? textAt(resource, 'reaction', 0, 'manifestation', 0, 'coding', 0, 'display') ?? codeAt(resource, 'reaction', 0, 'manifestation', 0) ?? '',
    severity: one(REACTION_SEVERITIES, textAt(resource, 'reaction', 0, 'severity'), ''), note: noteAt(resource),
  }
}
