import type { hospital } from '../../contracts/hospital/index.ts'
import type { OperationsOf } from '../../operation.ts'
import { access } from './access.ts'
import { audit } from './audit.ts'
import { attachments } from './attachments.ts'
import { cards } from './cards.ts'
import { chart } from './chart.ts'
import { consents } from './consents.ts'
import { events } from './events.ts'
import { fhir } from './fhir.ts'
import { fhirSubscriptionOperations } from './fhir-subscriptions.ts'
import { emergency } from './emergency.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { mpi } from './mpi.ts'
import { exportOperations, messageOperations, subscriptionOperations } from './interchange.ts'
import type { InterchangeSettings } from './interchange.ts'
import { delegationOperations } from './delegations.ts'
import { passing } from './passing.ts'
import { links } from './links.ts'
import { patients } from './patients.ts'
import { custody } from './custody.ts'
import { erasures } from './erasures.ts'
import { requests } from './requests.ts'
import { records } from './records.ts'
import { retention } from './retention.ts'
import { summary } from './summary.ts'
import { writing } from './writing.ts'

export function hospitalOperations(settings: InterchangeSettings) {
  return {
    patients, records, chart, imports, consents, access, grants, fhir, events, links, cards, summary, writing, retention, mpi, attachments, requests, custody, audit, emergency, delegations: delegationOperations, erasures, passing,
    exports: exportOperations, messages: messageOperations(settings), subscriptions: subscriptionOperations(settings), fhirSubscriptions: fhirSubscriptionOperations(settings),
  } satisfies OperationsOf<typeof hospital>
}
