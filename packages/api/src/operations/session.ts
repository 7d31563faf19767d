import { noteUse, readDevices } from '@careledger/logic'
import { actsAs } from '../audit-trail.ts'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { accountOperations } from './accounts.ts'
import { toActorOutput } from './to-actor-output.ts'
import { implement, signedIn } from '../operation.ts'
import type { Context, OperationsOf } from '../operation.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'

/** Sign-in, sign-out, and who the caller is. */
export const sessionOperations = {
  challenge: implement(contracts.session.challenge, async ({ auth, now }, { key }) => {
    const { challenge, expires } = await auth.challenge(key, now)
    return { challenge, expires: expires.toISOString() }
  }),
  start: implement(contracts.session.start, async ({ auth, now, possession, parts }, { challenge, jws, scope }) => {
    const { token, expires, actor } = await auth.start({ challenge, jws, possession, scope, now })
    await noteUse(parts, actor)
    actsAs(actor)
    return { token, expires: expires.toISOString(), actor: toActorOutput(actor) }
  }),
  account: accountOperations,
  me: implement(contracts.session.me, async (context) => toActorOutput(signedIn(context))),
  refresh: implement(contracts.session.refresh, async (context) => {
    const { token, expires, actor } = await context.auth.refresh(sessionOf(context), signedIn(context), context.now)
    return { token, expires: expires.toISOString(), actor: toActorOutput(actor) }
  }),
  list: implement(contracts.session.list, async (context) => {
    const { party } = signedIn(context)
    const [sessions, devices] = await Promise.all([context.auth.sessionsOf(party, context.now), readDevices(context.parts, party)])
    return {
      items: sessions.toSorted((a, b) => b.began.getTime() - a.began.getTime()).map(({ id, key, account, began, refreshed, ends }) => {
        const device = devices.get(key)?.name
        return { id, key, ...(device === undefined ? {} : { device }), account: account !== undefined, began: began.toISOString(), refreshed: refreshed.toISOString(), ends: ends.toISOString(), current: id === context.session?.id }
      }),
    }
  }),
  endOther: implement(contracts.session.endOther, async (context, { session }) => {
    const own = await context.auth.sessionsOf(signedIn(context).party, context.now)
    if (!own.some(({ id }) => id === session)) throw new Problem('NOT_ALLOWED', PROBLEM_SENTENCE.NOT_ALLOWED)
    await context.auth.end({ id: session })
    return {}
  }),
  endAll: implement(contracts.session.endAll, async (context, { keepThis }) => {
    const own = await context.auth.sessionsOf(signedIn(context).party, context.now)
    const ended = own.filter(({ id }) => !(keepThis && id === context.session?.id))
    for (const { id } of ended) await context.auth.end({ id })
    return { ended: ended.length }
  }),
  end: implement(contracts.session.end, async (context) => {
    await context.auth.end(sessionOf(context))
    return {}
  }),
} satisfies OperationsOf<typeof contracts.session>

function sessionOf({ session }: Context) {
  if (session === undefined) throw new Problem('NOT_SIGNED_IN', 'There is no session.')
  return session
}
