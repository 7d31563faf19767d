import { sleep } from '@careledger/ledger-kit'
import { LedgerError } from '@careledger/ledger-spec'
import type { Membership, StreamName } from '@careledger/ledger-spec'
import { chainInfo, permissionList, rawTransaction, readAs, text } from './answers.ts'
import type { Client } from './client.ts'
import { isRpcError } from './node-error.ts'

type Right = 'read' | 'write'

const ADDRESS = /^[1-9A-HJ-NP-Za-km-z]{20,64}$/
/** RPC_TX_NOT_FOUND of rpcprotocol.h: dropped for now; the wallet sends it again. */
const NOT_FOUND = -710

/**
 * The right `<stream>.write`, given and taken by the admin's address. Resolves when the transaction is final: until then another
 * node may not know it, and a writer whose right was taken could still be heard there (membership-1). Reading is everybody's who is
 * connected to the chain.
 */
export function createMembership(client: Client, closing: AbortSignal): Membership {
  const change = async (method: 'grantfrom' | 'revokefrom', stream: StreamName, member: string, right: Right): Promise<void> => {
    if (right !== 'write') throw new LedgerError('LEDGER_NOT_SUPPORTED', 'Whoever is connected to the chain reads all of its streams', { details: { right } })
    if (!ADDRESS.test(member)) throw new LedgerError('LEDGER_INVALID_RECORD', 'A member is an address of the chain', { details: { field: 'member' } })
    const admin = client.settings.adminAddress ?? client.settings.address
    if (admin === undefined) throw new LedgerError('LEDGER_UNAUTHORISED', 'This client has no address that could grant rights', { details: { stream } })
    const txid = await client.streams.on(stream, closing, async (name) => readAs(text, await client.rpc.call(method, [admin, member, `${name}.write`], closing, { fresh: true })))
    await untilFinal(client, txid, closing)
  }
  return {
    grant: (stream, member, right) => change('grantfrom', stream, member, right),
    revoke: (stream, member, right) => change('revokefrom', stream, member, right),
    async list(stream) {
      return await client.streams.on(stream, closing, async (name) => {
        const { blocks } = readAs(chainInfo, await client.rpc.call('getinfo', [], closing))
        const entries = readAs(permissionList, await client.rpc.call('listpermissions', [`${name}.write`], closing))
        return entries
          .filter(({ type, startblock, endblock }) => type === 'write' && startblock <= blocks + 1 && blocks + 1 < endblock)
          .map(({ address }) => ({ member: address, right: 'write' as const }))
      })
    },
  }
}

async function untilFinal(client: Client, txid: string, signal: AbortSignal): Promise<void> {
  const end = Date.now() + 3 * 1_000 * client.chain.targetBlockTime * client.settings.confirmationsMin + 60_000
  while (!signal.aborted && Date.now() < end) {
    const answer = await client.rpc.call('getrawtransaction', [txid, 1], signal).catch((error: unknown) => {
      if (isRpcError(error, NOT_FOUND)) return {}
      throw error
    })
    if ((readAs(rawTransaction, answer).confirmations ?? 0) >= client.settings.confirmationsMin) return
    await sleep(client.settings.pollMs, signal)
  }
  throw new LedgerError('LEDGER_OUTCOME_UNKNOWN', 'The change of rights was sent and is not final yet')
}
