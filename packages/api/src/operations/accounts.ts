import type { StaffAccounts } from '@careledger/identity'
import { listAccounts } from '@careledger/logic'
import { actsAs } from '../audit-trail.ts'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { implement, originOf, signedIn, type Context, type OperationsOf } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { acceptOne } from './accept-one.ts'
import { toActorOutput } from './to-actor-output.ts'

/** Sign-in by account. */
export const accountOperations = {
  provider: implement(contracts.session.account.provider, async ({ auth: { accounts } }) => (accounts === undefined ? {} : { name: accounts.name, issuer: accounts.issuer })),
  begin: implement(contracts.session.account.begin, async (context) => {
    const { url, expires } = await accountsOf(context).begin({ origin: originOf(context), possession: possessionOf(context), now: context.now })
    return { url, expires: expires.toISOString() }
  }),
  finish: implement(contracts.session.account.finish, async (context, { parameters }) => {
    const { token, expires, actor } = await accountsOf(context).finish({ origin: originOf(context), possession: possessionOf(context), parameters, now: context.now })
    actsAs(actor)
    return { token, expires: expires.toISOString(), actor: toActorOutput(actor) }
  }),
} satisfies OperationsOf<typeof contracts.session.account>

/** Whose account it is. Who may say so is decided by the identity network from the log. */
export const accountLinkOperations = {
  link: implement(contracts.identity.accounts.link, async (context, { entry }) => acceptOne(context, entry, 'account-linked')),
  unlink: implement(contracts.identity.accounts.unlink, async (context, { entry }) => acceptOne(context, entry, 'account-unlinked')),
  list: implement(contracts.identity.accounts.list, async (context, page) => {
    const { items, next } = await listAccounts(context.parts, signedIn(context), page)
    return { items: items.map((item) => ({ ...item })), ...(next === undefined ? {} : { next }) }
  }),
} satisfies OperationsOf<typeof contracts.identity.accounts>

function accountsOf({ auth }: Context): StaffAccounts {
  if (auth.accounts === undefined) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
  return auth.accounts
}

function possessionOf({ possession }: Context): string {
  if (possession === undefined) throw new Problem('PROOF_OF_POSSESSION_INVALID', PROBLEM_SENTENCE.PROOF_OF_POSSESSION_INVALID, { details: { check: 'missing' } })
  return possession
}
