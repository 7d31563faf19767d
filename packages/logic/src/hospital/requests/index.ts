export { askForAccess, type Asking } from './ask.ts'
export { answerRequest, listRequests, sweepRequests, type RequestItem } from './own-requests.ts'
export { requestTable, type AskedTerms } from './request-row.ts'
