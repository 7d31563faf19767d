import { buildAllergy, readAllergy, type AllergyDraft } from './allergy.ts'
import { buildCondition, readCondition, type ConditionDraft } from './condition.ts'
import type { ExactObject } from './exact-json.ts'
import { buildNote, readNote, type NoteDraft } from './note.ts'
import { buildOrder, readOrder, type OrderDraft } from './order.ts'
import { buildPrescription, readPrescription, type PrescriptionDraft } from './prescription.ts'
import { buildTaking, readTaking, type TakingDraft } from './taking.ts'
import { buildVitalSigns, noVitals, readVitalSigns, type VitalsDraft } from './vital-signs.ts'
import type { WriteContext } from './write-context.ts'

/** What a doctor writes, by kind of form. */
export interface Drafts {
  readonly note: NoteDraft
  readonly condition: ConditionDraft
  readonly allergy: AllergyDraft
  readonly prescription: PrescriptionDraft
  readonly order: OrderDraft
  readonly vitals: VitalsDraft
  readonly taking: TakingDraft
}
export type WriteKind = keyof Drafts

export interface WriteKindDefinition<Kind extends WriteKind> {
  /** Resource type that it writes. */
  readonly type: string
  readonly empty: Drafts[Kind]
  /** One resource, or a panel with its members. */
  build(draft: Drafts[Kind], context: WriteContext): readonly ExactObject[]
  /** The form's content out of a record; `undefined`: this form cannot say it without loss. */
  read(resource: ExactObject): Drafts[Kind] | undefined
  /** Members that the form decides on: in an amendment they are taken from it, everything else stays as it was. */
  readonly owns: readonly string[]
}

export const WRITE_KINDS: { readonly [Kind in WriteKind]: WriteKindDefinition<Kind> } = {
  vitals: {
    type: 'Observation', empty: { values: noVitals }, build: buildVitalSigns, read: readVitalSigns, owns: ['valueQuantity', 'component', 'performer', 'issued'],
  },
  note: {
    type: 'DocumentReference', empty: { noteType: 'progress', text: '' }, build: (draft, context) => [buildNote(draft, context)], read: readNote, owns: ['type', 'content', 'author'],
  },
  condition: {
    type: 'Condition', empty: { what: { text: '' }, course: 'active', certainty: 'confirmed', category: 'problem-list-item', onset: '', note: '' },
    build: (draft, context) => [buildCondition(draft, context)], read: readCondition, owns: ['clinicalStatus', 'verificationStatus', 'category', 'code', 'onsetDateTime', 'note', 'recorder'],
  },
  allergy: {
    type: 'AllergyIntolerance', empty: { what: { text: '' }, type: 'allergy', category: 'medication', criticality: 'unable-to-assess', reaction: '', severity: '', note: '' },
    build: (draft, context) => [buildAllergy(draft, context)], read: readAllergy, owns: ['type', 'category', 'criticality', 'code', 'reaction', 'note', 'recorder'],
  },
  prescription: {
    type: 'MedicationRequest', empty: { medicine: { text: '' }, dose: '', unit: 'mg', frequency: '1', period: '1', periodUnit: 'd', asNeeded: false, route: 'oral', days: '', note: '' },
    build: (draft, context) => [buildPrescription(draft, context)], read: readPrescription,
    owns: ['contained', 'medicationCodeableConcept', 'dosageInstruction', 'dispenseRequest', 'detectedIssue', 'note', 'requester'],
  },
  taking: {
    type: 'MedicationStatement', empty: { medicine: { text: '' }, dosage: '', source: '', note: '' }, build: (draft, context) => [buildTaking(draft, context)], read: readTaking,
    owns: ['medicationCodeableConcept', 'dosage', 'informationSource', 'note', 'dateAsserted'],
  },
  order: {
    type: 'ServiceRequest', empty: { what: { text: '' }, category: 'laboratory', priority: 'routine', when: '', reason: '', note: '' },
    build: (draft, context) => [buildOrder(draft, context)], read: readOrder, owns: ['category', 'priority', 'code', 'occurrenceDateTime', 'reasonCode', 'note', 'requester'],
  },
}

/** The form that writes records of this type, if there is one. */
export function kindOfType(type: string): WriteKind | undefined {
  return (Object.keys(WRITE_KINDS) as readonly WriteKind[]).find((kind) => WRITE_KINDS[kind].type === type)
}

/** A draft as resources. Errors: `TypeError` for numbers that are none. */
export function buildDraft<Kind extends WriteKind>(kind: Kind, draft: Drafts[Kind], context: WriteContext): readonly ExactObject[] {
  return WRITE_KINDS[kind].build(draft, context)
}
