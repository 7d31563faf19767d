import { access } from './access.ts'
import { chart } from './chart.ts'
import { cards } from './cards.ts'
import { consents } from './consents.ts'
import { fhir } from './fhir.ts'
import { events } from './events.ts'
import { exports_ as exports } from './exports.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { messages } from './messages.ts'
import { mpi } from './mpi.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'
import { subscriptions } from './subscriptions.ts'
import { links } from './links.ts'
import { summary } from './summary.ts'
import { retention } from './retention.ts'
import { writing } from './writing.ts'

export { consentTerms } from './consents.ts'
export { patientHandle, patientSummary, recordItem } from './shapes.ts'

/** Operations of the hospital network, one file for each branch. */
export const hospital = { patients, records, chart, imports, consents, access, grants, fhir, events, exports, messages, subscriptions, links, cards, summary, writing, retention, mpi }
