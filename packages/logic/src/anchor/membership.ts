import { LedgerError } from '@careledger/ledger-spec'
import { LogicError } from '../logic-error.ts'
import { checkpointStream } from '../log/sign-checkpoint.ts'
import type { LedgerTarget, Parts } from '../parts.ts'
import { readRoutes } from '../routes/routes.ts'

export type MemberRight = 'read' | 'write'

/** Who may read and write the streams of one ledger, as the ledger itself says. */
export interface LedgerMembers {
  /** `false`: the ledger has no membership that it could be asked about or told to change; `streams` have no members then. */
  readonly supported: boolean
  readonly streams: readonly { readonly stream: string; readonly members: readonly { readonly member: string; readonly right: MemberRight }[] }[]
}

/** Members of the streams of checkpoints and of every network that has a ledger: rights are given before a network moves there. Errors: INPUT_MALFORMED for an unknown ledger, those of the ledger. */
export async function listMembers(parts: Parts, ledger: string): Promise<LedgerMembers> {
  const target = targetOf(parts, ledger)
  const routes = await parts.store.read((view) => readRoutes(parts, view))
  const streams = [checkpointStream, ...Object.keys(routes.networks).sort()]
  if (!target.ledger.describe().capabilities.has('membership')) return { supported: false, streams: streams.map((stream) => ({ stream, members: [] })) }
  return { supported: true, streams: await Promise.all(streams.map(async (stream) => ({ stream, members: await target.ledger.membership.list(stream) }))) }
}

/** Lets a member read or write a stream; every append that starts afterwards is under the new right. Errors: INPUT_MALFORMED, those of the ledger. */
export async function grantMember(parts: Parts, change: { readonly ledger: string; readonly stream: string; readonly member: string; readonly right: MemberRight }): Promise<void> {
  await membershipOf(targetOf(parts, change.ledger)).grant(change.stream, change.member, change.right)
}

/** Takes a right away. Errors: as for `grantMember`. */
export async function revokeMember(parts: Parts, change: { readonly ledger: string; readonly stream: string; readonly member: string; readonly right: MemberRight }): Promise<void> {
  await membershipOf(targetOf(parts, change.ledger)).revoke(change.stream, change.member, change.right)
}

function targetOf(parts: Parts, name: string): LedgerTarget {
  const target = parts.targets.find((one) => one.name === name)
  if (target === undefined) throw new LogicError('INPUT_MALFORMED', `There is no ledger ${name}.`, { details: { ledger: name } })
  return target
}

function membershipOf({ name, ledger }: LedgerTarget) {
  if (ledger.describe().capabilities.has('membership')) return ledger.membership
  throw new LedgerError('LEDGER_NOT_SUPPORTED', `The ledger ${name} does not let its members be changed through this platform.`)
}
