import type { z } from 'zod'
import { listRoles, nextRolePlace, readDidDocument, readRoleFile, readStatusList } from '@careledger/logic'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, originOf, signedIn, type OperationsOf } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { acceptOne } from './accept-one.ts'

export const didOperation = implement(contracts.identity.did, async (context, { organisation }) => ({
  document: (await readDidDocument(context.parts, originOf(context), organisation)) as DidDocument,
}))

/** Role credentials. Who may give and take back is decided by the identity network from the log. */
export const roleOperations = {
  place: implement(contracts.identity.roles.place, async (context, { list }) => ({ ...(await nextRolePlace(context.parts, signedIn(context), originOf(context), list)) })),
  give: implement(contracts.identity.roles.give, async (context, { entry }) => acceptOne(context, entry, 'role-granted')),
  status: implement(contracts.identity.roles.status, async (context, { entry }) => acceptOne(context, entry, 'role-status-listed')),
  list: implement(contracts.identity.roles.list, async (context, page) => {
    const { items, next } = await listRoles(context.parts, signedIn(context), page)
    return { items: items.map((item) => ({ ...item, role: item.role as Role })), ...(next === undefined ? {} : { next }) }
  }),
  file: implement(contracts.identity.roles.file, async (context, { id }) => ({ ...(await readRoleFile(context.parts, signedIn(context), id)) })),
  statusList: implement(contracts.identity.roles.statusList, async (context, { organisation, list }) => {
    const credential = await readStatusList(context.parts, organisation, list)
    if (credential === undefined) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
    return { credential }
  }),
} satisfies OperationsOf<typeof contracts.identity.roles>

type DidDocument = z.input<typeof contracts.identity.did.output>['document']
type Role = z.input<typeof contracts.identity.roles.list.output>['items'][number]['role']
