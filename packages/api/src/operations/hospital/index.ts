import type { hospital } from '../../contracts/hospital/index.ts'
import type { OperationsOf } from '../../operation.ts'
import { access } from './access.ts'
import { consents } from './consents.ts'
import { events } from './events.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { exportOperations, messageOperations, subscriptionOperations } from './interchange.ts'
import type { InterchangeSettings } from './interchange.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'

export function hospitalOperations(settings: InterchangeSettings) {
  return {
    patients, records, imports, consents, access, grants, events,
    exports: exportOperations, messages: messageOperations(settings), subscriptions: subscriptionOperations(settings),
  } satisfies OperationsOf<typeof hospital>
}
