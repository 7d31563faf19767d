export { CONSENT_DAYS_MAX, CONSENT_MEDIA_TYPE, consentTermsBytes, parseConsentTerms, PURPOSES, type ConsentTerms, type Purpose } from './consent-terms.ts'
export { listGrants, type Grant } from './list-grants.ts'
export { listConsents, listSubjects, type ConsentItem, type OwnSubject } from './own-consents.ts'
export { giveConsent, withdrawConsent, type ConsentWrite } from './write-consent.ts'
