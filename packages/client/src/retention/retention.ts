import { canonicalBytes } from '@careledger/proof'
import type { CanonicalValue } from '@careledger/proof'
import type { EntryDraft } from '../build-entry.ts'

/** For how long records of some types must be kept, and by which law (docs/writing.md, "Retention"). */
export interface RetentionRule {
  readonly jurisdiction: string
  /** Absent: all. */
  readonly types?: readonly string[] | undefined
  readonly years: number
  readonly from: 'record' | 'last-record'
  readonly basis: string
  readonly source: string
}

const korea = { jurisdiction: 'KR', from: 'record', source: 'https://www.law.go.kr/%EB%B2%95%EB%A0%B9/%EC%9D%98%EB%A3%8C%EB%B2%95%EC%8B%9C%ED%96%89%EA%B7%9C%EC%B9%99/%EC%A0%9C15%EC%A1%B0' } as const

/**
 * Periods of some countries to begin with. They name the law; a hospital's own lawyers confirm them before use, and add what other laws ask.
 * KR: Enforcement Rule of the Medical Service Act, article 15 (1). DE: Civil Code, section 630f (3).
 */
export const RETENTION_PRESETS: Readonly<Record<'KR' | 'DE', readonly RetentionRule[]>> = {
  KR: [
    { ...korea, types: ['Encounter', 'Condition', 'AllergyIntolerance', 'DocumentReference', 'ClinicalImpression', 'Composition', 'CarePlan', 'FamilyMemberHistory', 'Immunization', 'ServiceRequest', 'Provenance'], years: 10, basis: '의료법 시행규칙 제15조 제1항 제2호 (진료기록부 10년) · Medical records, 10 years' },
    { ...korea, types: ['Procedure'], years: 10, basis: '의료법 시행규칙 제15조 제1항 제4호 (수술기록 10년) · Operation records, 10 years' },
    { ...korea, types: ['Patient', 'RelatedPerson'], years: 5, basis: '의료법 시행규칙 제15조 제1항 제1호 (환자 명부 5년) · List of patients, 5 years' },
    { ...korea, types: ['Observation', 'DiagnosticReport', 'Specimen'], years: 5, basis: '의료법 시행규칙 제15조 제1항 제5호 (검사소견기록 5년) · Findings of tests, 5 years' },
    { ...korea, types: ['ImagingStudy', 'Media'], years: 5, basis: '의료법 시행규칙 제15조 제1항 제6호 (방사선 사진 및 그 소견서 5년) · Radiology images and reports, 5 years' },
    { ...korea, types: ['MedicationRequest', 'MedicationDispense', 'MedicationAdministration'], years: 2, basis: '의료법 시행규칙 제15조 제1항 제3호 (처방전 2년) · Prescriptions, 2 years' },
  ],
  DE: [{ jurisdiction: 'DE', years: 10, from: 'last-record', basis: '§ 630f Abs. 3 BGB · Treatment records, 10 years after the end of treatment', source: 'https://www.gesetze-im-internet.de/bgb/__630f.html' }],
}

/** A `retention-set` entry of an organisation: it replaces what was set before. */
export function retentionDraft(custodian: string, rules: readonly RetentionRule[]): EntryDraft {
  return { network: 'hospital', type: 'retention-set', custodian, payload: { mediaType: 'application/careledger-retention+json', bytes: bytesOf({ v: 1, rules }) } }
}

/** A `hold-placed` entry: nothing of the patient is erased at this custodian until it is released. */
export function holdDraft(at: { readonly subject: string; readonly custodian: string }, hold: { readonly basis: string; readonly source?: string | undefined }): EntryDraft {
  return { network: 'hospital', type: 'hold-placed', subject: at.subject, custodian: at.custodian, payload: { mediaType: 'application/careledger-hold+json', bytes: bytesOf({ v: 1, ...hold }) } }
}

/** A `hold-released` entry: it names the entry that placed the hold, and says why where a reason is given. */
export function releaseDraft({ subject, custodian }: { readonly subject: string; readonly custodian: string }, hold: string, reason?: string): EntryDraft {
  const payload = reason === undefined ? {} : { payload: { mediaType: 'application/careledger-hold+json', bytes: bytesOf({ v: 1, basis: reason }) } }
  return { network: 'hospital', type: 'hold-released', subject, custodian, replaces: hold, ...payload }
}

const bytesOf = (value: object): Uint8Array => canonicalBytes(JSON.parse(JSON.stringify(value)) as CanonicalValue)
