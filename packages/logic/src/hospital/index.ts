export { listAccess, type AccessItem } from './access-list.ts'
export {
  createLink, enrolCardKey, issueCard, listCardChoices, listCards, listLinks, openLink, readCardKey, readIssuers, readLinkFile, readSummary, revokeCard, stopLink,
  sweepLinks, updateLink,
} from './carry/index.ts'
export type { CardIssuer, CardItem, IssuedCard, LinkItem, ManifestFile, NewLink, OpenedLink, OpenLink, Summary } from './carry/index.ts'
export { checkImport, type ImportCheck } from './check-import.ts'
export { commitImport, type CommittedImport, type ImportCommit } from './commit-import.ts'
export { hospitalNetwork } from './hospital-network.ts'
export { findPatients, listPatients, readPatientBanner, type PatientBanner, type PatientQuery } from './patients.ts'
export { FHIR_MEDIA_TYPE, LINK_MEDIA_TYPE, PATIENT_MEDIA_TYPE, payloadBytes, type ErasureCertificate, type PatientLink, type PatientRegistration } from './payloads.ts'
export { prepareImport, type PreparedImport } from './prepare-import.ts'
export { readProofByLedgerId, readRecordProof } from './record-proofs.ts'
export { readRecordStates } from './record-states.ts'
export { listRecords, readRecord, type RecordDetail, type RecordItem, type RecordPage, type RecordQuery } from './records.ts'
