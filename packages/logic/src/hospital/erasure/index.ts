export { decideErasure, listErasures, ownErasures, readCertificate, readErasureCase, requestErasure, type ErasureDoneItem, type ErasureItem } from './erasures.ts'
export { listErasureNotices, sweepErasureNotices, type ErasureNotice } from './erasure-notices.ts'
export { runErasures } from './run-erasures.ts'
