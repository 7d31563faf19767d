import { fromBase64, toBase64 } from './base64.ts'
import type { ExactObject } from './exact-json.ts'
import { listAt, textAt } from './read-draft.ts'
import { authorReference, coding, concept, encounterOf, LOINC, newId, now, subjectOf, type WriteContext } from './write-context.ts'

/** Kinds of clinical notes by LOINC. Source: US Core Clinical Notes Guidance, "Common Clinical Notes". */
export const NOTE_TYPES = [
  { key: 'progress', code: '11506-3', display: 'Progress note' },
  { key: 'history', code: '34117-2', display: 'History and physical note' },
  { key: 'consult', code: '11488-4', display: 'Consult note' },
  { key: 'procedure', code: '28570-0', display: 'Procedure note' },
  { key: 'discharge', code: '18842-5', display: 'Discharge summary' },
] as const
export type NoteType = (typeof NOTE_TYPES)[number]['key']

export interface NoteDraft {
  readonly noteType: NoteType
  /** At most 100,000 characters. */
  readonly text: string
}

export const noteTextMax = 100_000
const mediaType = 'text/plain; charset=utf-8'

/** A note as DocumentReference with its text inline. Source: FHIR R4 DocumentReference; US Core DocumentReference profile. */
export function buildNote({ noteType, text }: NoteDraft, context: WriteContext): ExactObject {
  const type = NOTE_TYPES.find(({ key }) => key === noteType) ?? NOTE_TYPES[0]
  const encounter = encounterOf(context)
  return {
    resourceType: 'DocumentReference', id: newId(context), status: 'current', docStatus: 'final',
    type: { coding: [coding(LOINC, type.code, type.display)], text: type.display },
    category: [concept('http://hl7.org/fhir/us/core/CodeSystem/us-core-documentreference-category', 'clinical-note', 'Clinical Note')],
    subject: subjectOf(context), date: now(context), author: [authorReference(context)],
    content: [{ attachment: { contentType: mediaType, data: toBase64(text.trim()), title: type.display, creation: now(context) } }],
    context: encounter === undefined ? undefined : { encounter: [encounter] },
  }
}

/** `undefined`: no note that this form wrote or can write. */
export function readNote(resource: ExactObject): NoteDraft | undefined {
  const [content, ...more] = listAt(resource, 'content')
  const data = textAt(content, 'attachment', 'data')
  if (more.length > 0 || data === undefined || textAt(content, 'attachment', 'contentType')?.startsWith('text/plain') !== true) return undefined
  const code = textAt(resource, 'type', 'coding', 0, 'code')
  const text = fromBase64(data)
  return text === undefined ? undefined : { noteType: NOTE_TYPES.find((type) => type.code === code)?.key ?? 'progress', text }
}
