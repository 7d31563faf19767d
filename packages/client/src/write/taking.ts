import type { ExactObject } from './exact-json.ts'
import { codedAt, listAt, noteAt, textAt } from './read-draft.ts'
import { blank, codedConcept, newId, noteOf, now, subjectOf, type Coded, type WriteContext } from './write-context.ts'

export interface TakingDraft {
  readonly medicine: Coded
  /** How it is taken, in words; empty: not known. */
  readonly dosage: string
  /** Who says so: another hospital, the patient; empty: not said. */
  readonly source: string
  readonly note: string
}

/** That a medicine is taken, whoever prescribed it: what a reconciliation keeps of another hospital's list. Source: FHIR R4 MedicationStatement. */
export function buildTaking({ medicine, dosage, source, note }: TakingDraft, context: WriteContext): ExactObject {
  return {
    resourceType: 'MedicationStatement', id: newId(context), status: 'active', medicationCodeableConcept: codedConcept(medicine), subject: subjectOf(context),
    effectiveDateTime: now(context), dateAsserted: now(context), informationSource: blank(source) ? undefined : { display: source.trim() },
    note: noteOf(note, context), dosage: blank(dosage) ? undefined : [{ text: dosage.trim() }],
  }
}

/** `undefined`: a dosage in data, which this form would lose. */
export function readTaking(resource: ExactObject): TakingDraft | undefined {
  const [dosage, ...more] = listAt(resource, 'dosage')
  if (more.length > 0 || (dosage !== undefined && Object.keys(dosage as ExactObject).some((name) => name !== 'text'))) return undefined
  return { medicine: codedAt(resource, 'medicationCodeableConcept'), dosage: textAt(dosage, 'text') ?? '', source: textAt(resource, 'informationSource', 'display') ?? '', note: noteAt(resource) }
}
