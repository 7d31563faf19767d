export { escalateReviews } from './escalate-reviews.ts'
export type { Whom } from './find-subjects.ts'
export { listOpenEmergencies, listOwnEmergencies, listReviews, type EmergencyItem } from './list-emergencies.ts'
export { endEmergency, openEmergency, prepareEmergency, reviewEmergency, type OpenedEmergency } from './open-emergency.ts'
