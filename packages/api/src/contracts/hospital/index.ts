import { access } from './access.ts'
import { cards } from './cards.ts'
import { consents } from './consents.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { links } from './links.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'
import { summary } from './summary.ts'

export { consentTerms } from './consents.ts'
export { patientHandle, patientSummary, recordItem } from './shapes.ts'

/** Operations of the hospital network, one file for each branch. */
export const hospital = { patients, records, imports, consents, access, grants, links, cards, summary }
