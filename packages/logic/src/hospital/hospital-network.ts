import type { ReadView } from '@careledger/data-spec'
import { consentEnded, consentGiven, consentWithdrawn } from '../consent/consent-entries.ts'
import { consentPassedOn } from '../consent/passing/consent-passed-on.ts'
import type { NetworkDefinition } from '../entries/network-definition.ts'
import { delegationEnded, delegationGiven } from './delegation/delegation-entries.ts'
import { attachmentCreated } from './attachments/attachment-created.ts'
import { cardKeyEnrolled, cardKeyRevoked } from './carry/card-key-entries.ts'
import { uploadTable } from './attachments/uploads/upload-rows.ts'
import { personalCarryTables } from './carry/rows.ts'
import { emergencyEnded, emergencyEscalated, emergencyOpened, emergencyReviewed } from './emergency/emergency-entries.ts'
import { patientLinked, patientRegistered, subjectErased } from './patient-entries.ts'
import { attachmentReceived } from './custody/attachment-received.ts'
import { custodyReceived, custodyTransferred, recordReceived } from './custody/custody-entries.ts'
import { custodyOffered, custodyOfferRefused, custodyOfferTakenBack } from './custody/custody-offers.ts'
import { custodyOrderConfirmed, custodyOrdered, custodyOrderEnded } from './custody/custody-orders.ts'
import { patientDistinctionEnded, patientDistinguished, patientMerged, patientUnmerged } from './mpi/merge-entries.ts'
import { erasureApproved, erasureProposalWithdrawn, erasureProposed, erasureRefused, erasureRequested, erasureRequestWithdrawn } from './erasure/erasure-entries.ts'
import { noticesOf } from './erasure/erasure-notices.ts'
import { erasureTables } from './erasure/erasure-rows.ts'
import { recordCreated } from './record-created.ts'
import { requestTable } from './requests/request-row.ts'
import { mayErase } from './retention/may-erase.ts'
import { holdPlaced, holdReleased, retentionSet, retentionTables } from './retention/retention-entries.ts'
import { chartMarkTable, HOSPITAL, hospitalTables } from './tables.ts'

/** The hospital network: patients, their records, and their consents. */
export const hospitalNetwork: NetworkDefinition = {
  name: HOSPITAL,
  tables: { ...hospitalTables, ...retentionTables, ...erasureTables },
  types: {
    'patient-registered': patientRegistered,
    'patient-linked': patientLinked,
    'record-created': recordCreated,
    'attachment-created': attachmentCreated,
    'consent-given': consentGiven,
    'consent-withdrawn': consentWithdrawn,
    'consent-passed-on': consentPassedOn,
    'consent-ended': consentEnded,
    'delegation-given': delegationGiven,
    'delegation-ended': delegationEnded,
    'subject-erased': subjectErased,
    'erasure-requested': erasureRequested,
    'erasure-request-withdrawn': erasureRequestWithdrawn,
    'erasure-refused': erasureRefused,
    'erasure-proposed': erasureProposed,
    'erasure-proposal-withdrawn': erasureProposalWithdrawn,
    'erasure-approved': erasureApproved,
    'record-received': recordReceived,
    'custody-transferred': custodyTransferred,
    'attachment-received': attachmentReceived,
    'custody-received': custodyReceived,
    'custody-offered': custodyOffered,
    'custody-offer-refused': custodyOfferRefused,
    'custody-offer-taken-back': custodyOfferTakenBack,
    'custody-ordered': custodyOrdered,
    'custody-order-confirmed': custodyOrderConfirmed,
    'custody-order-ended': custodyOrderEnded,
    'card-key-enrolled': cardKeyEnrolled,
    'card-key-revoked': cardKeyRevoked,
    'retention-set': retentionSet,
    'hold-placed': holdPlaced,
    'hold-released': holdReleased,
    'patient-merged': patientMerged,
    'patient-unmerged': patientUnmerged,
    'patient-distinguished': patientDistinguished,
    'patient-distinction-ended': patientDistinctionEnded,
    'emergency-opened': emergencyOpened,
    'emergency-ended': emergencyEnded,
    'emergency-reviewed': emergencyReviewed,
    'emergency-escalated': emergencyEscalated,
  },
  mayErase,
  noticesOf,
  async *personalRows({ view, patient }) {
    // First of all, so that no chart that lies open in some process stands for rows that are going.
    yield { table: chartMarkTable, key: patient }
    for (const table of ['record', 'attachment', 'consent', 'share', 'delegation', 'patient-token', 'patient-identifier', 'patient-merge', 'patient-distinct', ...personalCarryTables, 'record-origin', 'custody', 'custody-offer', 'custody-received', 'attachment-origin', 'emergency', uploadTable, requestTable] as const) yield* rowsOf(view, table, patient)
    yield* [{ table: 'patient', key: patient }, { table: 'policy', key: patient }, { table: 'hold', key: patient }, { table: 'erasure-case', key: patient }]
  },
}

async function* rowsOf(view: ReadView, table: string, patient: string): AsyncGenerator<{ readonly table: string; readonly key: string }> {
  let after: string | undefined
  do {
    const page = await view.find({ table, index: 'patient', equals: patient, after, limit: 1000 })
    for (const { key } of page.rows) yield { table, key }
    after = page.next
  } while (after !== undefined)
}
