export { ERASURE_ORDER_MEDIA_TYPE, ERASURE_PROPOSAL_MEDIA_TYPE, ERASURE_REFUSAL_MEDIA_TYPE, erasureBytes, type ErasureOrder, type ErasureProposal, type ErasureRefused } from './erasure-payloads.ts'
export { decideErasure, listErasures, ownErasures, readCertificate, readErasureCase, requestErasure, type ErasureDoneItem, type ErasureItem, type ErasureWrite } from './erasures.ts'
export { runErasures } from './run-erasures.ts'
