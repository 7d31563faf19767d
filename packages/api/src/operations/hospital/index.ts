import type { hospital } from '../../contracts/hospital/index.ts'
import type { OperationsOf } from '../../operation.ts'
import { access } from './access.ts'
import { attachments } from './attachments.ts'
import { consents } from './consents.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'

export const hospitalOperations = { patients, records, imports, consents, access, grants, attachments } satisfies OperationsOf<typeof hospital>
