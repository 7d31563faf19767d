export { foreignParty, federationBytes, RECOGNITION_MEDIA_TYPE, VOUCHER_MAX_MS, type PeerTrust, type Recognition } from './payloads.ts'
export { listPeers, type Peer } from './peers.ts'
export { proveEnrolment, recogniseKey, vouchFor, type Introduction } from './vouch.ts'
