import type { hospital } from '../../contracts/hospital/index.ts'
import type { OperationsOf } from '../../operation.ts'
import { access } from './access.ts'
import { cards } from './cards.ts'
import { consents } from './consents.ts'
import { grants } from './grants.ts'
import { imports } from './imports.ts'
import { links } from './links.ts'
import { patients } from './patients.ts'
import { records } from './records.ts'
import { summary } from './summary.ts'

export const hospitalOperations = { patients, records, imports, consents, access, grants, links, cards, summary } satisfies OperationsOf<typeof hospital>
