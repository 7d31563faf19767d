import { access } from './access.ts'
import { attachments } from './attachments.ts'
import { consents } from './consents.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'

export { consentTerms } from './consents.ts'
export { patientHandle, patientSummary, recordItem } from './shapes.ts'

/** Operations of the hospital network, one file for each branch. */
export const hospital = { patients, records, imports, consents, access, grants, attachments }
