import { addDevice, askAsDevice, deviceAsking, keepPasskey, openWithPasskey, readPasskeys, removePasskey, renameDevice } from '@careledger/logic'
import type { KeptForPasskey } from '@careledger/logic'
import { jwkThumbprint } from '@careledger/proof'
import { createHash } from 'node:crypto'
import { contracts } from '../contracts/index.ts'
import { Problem } from '../contracts/problem.ts'
import { PROBLEM_SENTENCE } from '../problem-codes.ts'
import { implement, signedIn } from '../operation.ts'
import type { Context, OperationsOf } from '../operation.ts'
import { toReceipt, toSignedEntry } from './to-signed-entry.ts'

/** A person's devices and what they are called. */
export const deviceOperations = {
  ask: implement(contracts.identity.devices.ask, async ({ parts, possession }, { jwk, ...facts }) => {
    if (possession !== jwkThumbprint(jwk)) throw new Problem('PROOF_OF_POSSESSION_INVALID', PROBLEM_SENTENCE.PROOF_OF_POSSESSION_INVALID, { details: { check: possession === undefined ? 'missing' : 'key' } })
    return { ...(await askAsDevice(parts, { jwk, ...facts })) }
  }),
  asked: implement(contracts.identity.devices.asked, async ({ parts }, { code }) => ({ ...(await deviceAsking(parts, code)) })),
  add: implement(contracts.identity.devices.add, async (context, { entry, ...facts }) => toReceipt(await addDevice(context.parts, signedIn(context), toSignedEntry(entry), facts, context.signal))),
  rename: implement(contracts.identity.devices.rename, async (context, { key, name }) => {
    await renameDevice(context.parts, signedIn(context), key, name)
    return {}
  }),
} satisfies OperationsOf<typeof contracts.identity.devices>

/** Passkeys: checked by identity, kept by logic, opened in the browser. */
export const passkeyOperations = {
  prepare: implement(contracts.identity.passkeys.prepare, async (context) => {
    const { party } = signedIn(context)
    const { challenge, expires } = context.auth.passkeys.challengeToAdd(party, context.now)
    return { challenge, expires: expires.toISOString(), user: createHash('sha256').update(`careledger/v1/passkey-user|${party}`).digest('base64url') }
  }),
  add: implement(contracts.identity.passkeys.add, async (context, { answer, key, kept }) => {
    const actor = signedIn(context)
    const passkey = await context.auth.passkeys.added(actor.party, { response: answer as never, origin: pageOf(context), now: context.now })
    await keepPasskey(context.parts, actor, passkey, key, kept)
    return {}
  }),
  challenge: implement(contracts.identity.passkeys.challenge, async ({ auth, now }) => {
    const { challenge, expires } = auth.passkeys.challengeToUnlock(now)
    return { challenge, expires: expires.toISOString() }
  }),
  unlock: implement(contracts.identity.passkeys.unlock, async (context, { answer }) => {
    const page = pageOf(context)
    const { key, jwk, kept } = await openWithPasskey(context.parts, answer.id, (passkey) => context.auth.passkeys.asserted(passkey, { response: answer as never, origin: page, now: context.now }))
    return { key, jwk, kept: toKept(kept) }
  }),
  list: implement(contracts.identity.passkeys.list, async (context) => {
    const items = await readPasskeys(context.parts, signedIn(context).party)
    return { items: items.map(({ id, key, kept, synced, made, lastUsed }) => ({ id, key, lock: kept.lock, synced, made, ...(lastUsed === undefined ? {} : { lastUsed }) })) }
  }),
  remove: implement(contracts.identity.passkeys.remove, async (context, { id }) => {
    await removePasskey(context.parts, signedIn(context), id)
    return {}
  }),
} satisfies OperationsOf<typeof contracts.identity.passkeys>

function toKept(kept: KeptForPasskey): KeptForPasskey {
  return kept.lock === 'passkey' ? { lock: kept.lock, wrapped: kept.wrapped } : { lock: kept.lock, secret: kept.secret }
}

/** The page that a passkey's answer must come from. */
function pageOf({ origin }: Context): string {
  if (origin === undefined) throw new Problem('INPUT_MALFORMED', 'Passkeys are used over HTTP.')
  return origin
}
