import { LedgerError, type Ledger, type Membership } from '@careledger/ledger-spec'
import { describe, expect, it } from 'vitest'
import { createWorld } from '../__fixtures__/world.ts'
import { grantMember, listMembers, revokeMember } from './membership.ts'

/** The in-memory ledger with members, which it has not by itself. */
function withMembers(ledger: Ledger): Ledger {
  const members = new Map<string, { member: string; right: 'read' | 'write' }[]>()
  const membership: Membership = {
    async grant(stream, member, right) {
      if (member === 'stranger') throw new LedgerError('LEDGER_REJECTED', 'The ledger does not know this member.')
      members.set(stream, [...(members.get(stream) ?? []), { member, right }])
    },
    async revoke(stream, member, right) { members.set(stream, (members.get(stream) ?? []).filter((one) => one.member !== member || one.right !== right)) },
    list: async (stream) => members.get(stream) ?? [],
  }
  return { ...ledger, membership, describe: () => ({ ...ledger.describe(), capabilities: new Set(['membership'] as const) }) }
}

describe('members of a ledger', () => {
  it('are listed for every stream that is used there, granted and revoked', async () => {
    const { parts } = await createWorld({ targets: (ledger) => [{ name: 'memory', ledger: withMembers(ledger), networks: ['ward'], way: 'indexed' }] })
    const change = { ledger: 'memory', stream: 'ward', member: 'hospital-b', right: 'write' } as const
    await grantMember(parts, change)
    expect(await listMembers(parts, 'memory')).toEqual({ supported: true, streams: [{ stream: 'checkpoints', members: [] }, { stream: 'ward', members: [{ member: 'hospital-b', right: 'write' }] }] })
    await revokeMember(parts, change)
    expect((await listMembers(parts, 'memory')).streams[1]?.members).toEqual([])
    await expect(grantMember(parts, { ...change, member: 'stranger' })).rejects.toMatchObject({ code: 'LEDGER_REJECTED' })
  })

  it('are said not to be there where the ledger has none, and changing them is refused', async () => {
    const { parts } = await createWorld()
    expect(await listMembers(parts, 'memory')).toMatchObject({ supported: false, streams: [{ stream: 'checkpoints', members: [] }, { stream: 'ward', members: [] }] })
    await expect(grantMember(parts, { ledger: 'memory', stream: 'ward', member: 'a', right: 'read' })).rejects.toMatchObject({ code: 'LEDGER_NOT_SUPPORTED' })
    await expect(listMembers(parts, 'nothing')).rejects.toMatchObject({ code: 'INPUT_MALFORMED' })
  })
})
