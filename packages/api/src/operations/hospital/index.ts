import type { hospital } from '../../contracts/hospital/index.ts'
import type { OperationsOf } from '../../operation.ts'
import { access } from './access.ts'
import { chart } from './chart.ts'
import { consents } from './consents.ts'
import { fhir } from './fhir.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'

export const hospitalOperations = { patients, records, chart, imports, consents, access, grants, fhir } satisfies OperationsOf<typeof hospital>
