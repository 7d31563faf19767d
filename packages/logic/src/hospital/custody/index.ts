export { closeCustody, prepareCustody, readRecordOrigin, type OriginOfRecord } from './custody.ts'
export { listOffers, writeOffer, type OfferItem } from './offers.ts'
export { CUSTODY_MEDIA_TYPE, ORIGIN_MEDIA_TYPE } from './payloads.ts'
export { readBroughtAttachments, readCustodyOrder, readReceipt, readWhereKept, writeCustodyOrder, type WhereKept } from './where-kept.ts'
