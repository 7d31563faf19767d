import { afterAll, beforeAll, expect, it } from 'vitest'
import { common, msp, peer as protos } from '@hyperledger/fabric-protos'
import { failureOf } from '../__fixtures__/failure.ts'
import { connectGateway, type GatewayClient } from '../__fixtures__/gateway-client.ts'
import { connectNetwork } from '../__fixtures__/network-client.ts'
import { startNetwork } from '../__fixtures__/start-network.ts'
import { createMembership } from '../identity/membership.ts'
import type { FabricTestPeer } from '../index.ts'
import { blockHash } from '../ledger/block.ts'
import { sha256 } from '../hash.ts'

let peer: FabricTestPeer
let channel: string
let client: GatewayClient
let txId: string
beforeAll(async () => {
  peer = await startNetwork()
  channel = peer.createChannel()
  client = await connectGateway(peer, channel)
  const submitted = await client.contract.submitAsync('put', { arguments: ['a', '1'] })
  txId = submitted.getTransactionId()
  await submitted.getStatus()
})
afterAll(async () => {
  await client[Symbol.asyncDispose]()
  await peer.stop()
})

const ask = (name: string, ...args: string[]) => client.network.getContract('qscc').evaluateTransaction(name, channel, ...args)

it('finds a transaction with its validation code, for both clients', async () => {
  expect(protos.ProcessedTransaction.deserializeBinary(await ask('GetTransactionByID', txId)).getValidationcode()).toBe(0)
  await using network = await connectNetwork(peer, channel)
  const bytes = await network.network.getContract('qscc').evaluateTransaction('GetTransactionByID', channel, txId)
  expect(protos.ProcessedTransaction.deserializeBinary(bytes).getTransactionenvelope()?.getSignature_asU8().length).toBeGreaterThan(60)
})

it('says that it does not know a transaction', async () => {
  const unknown = 'f'.repeat(64)
  const text = `Failed to get transaction with id ${unknown}, error no such transaction ID [${unknown}] in index`
  expect((await failureOf(ask('GetTransactionByID', unknown))).details[0]?.message).toBe(`chaincode response 500, ${text}`)
  await using network = await connectNetwork(peer, channel)
  const asked = network.network.getContract('qscc').evaluateTransaction('GetTransactionByID', channel, unknown)
  expect((await failureOf(asked)).message).toBe(text)
})

it('shows a chain of blocks, each with the hash of the one before and signed by the orderer', async () => {
  const info = common.BlockchainInfo.deserializeBinary(await ask('GetChainInfo'))
  expect(info.getHeight()).toBe(2)
  const [genesis, block] = await Promise.all(['0', '1'].map(async (number) => common.Block.deserializeBinary(await ask('GetBlockByNumber', number))))
  expect(Buffer.from(block!.getHeader()!.getPreviousHash_asU8())).toEqual(blockHash(genesis!.getHeader()!))
  expect(Buffer.from(info.getCurrentblockhash_asU8())).toEqual(blockHash(block!.getHeader()!))
  expect(Buffer.from(block!.getHeader()!.getDataHash_asU8())).toEqual(sha256(...block!.getData()!.getDataList_asU8()))
  expect(block!.getMetadata()!.getMetadataList_asU8()[common.BlockMetadataIndex.TRANSACTIONS_FILTER]).toEqual(Uint8Array.of(0))
  expect(common.Block.deserializeBinary(await ask('GetBlockByTxID', txId)).getHeader()!.getNumber()).toBe(1)
  expect(verifies(genesis!, block!)).toBe(true)
})

it('knows no block that is not there', async () => {
  expect((await failureOf(ask('GetBlockByNumber', '9'))).message).toContain('no such block number [9] in index')
  expect((await failureOf(ask('GetNothing', 'x'))).message).toContain('Requested function GetNothing not found.')
})

/** The orderer's signature, checked against the root certificate that stands in block 0. */
function verifies(genesis: common.Block, block: common.Block): boolean {
  const metadata = common.Metadata.deserializeBinary(block.getMetadata()!.getMetadataList_asU8()[common.BlockMetadataIndex.SIGNATURES]!)
  const [signature] = metadata.getSignaturesList()
  const creator = common.SignatureHeader.deserializeBinary(signature!.getSignatureHeader_asU8()).getCreator_asU8()
  const header = block.getHeader()!
  const der = Buffer.concat([
    Buffer.from([0x30, 71, 0x02, 0x01, header.getNumber(), 0x04, 32]),
    header.getPreviousHash_asU8(),
    Buffer.from([0x04, 32]),
    header.getDataHash_asU8(),
  ])
  const signed = Buffer.concat([metadata.getValue_asU8(), signature!.getSignatureHeader_asU8(), der])
  const root = ordererRoot(genesis)
  return createMembership(new Map([['OrdererMSP', root]])).identify(creator)?.verify(signed, signature!.getSignature_asU8()) === true
}

function ordererRoot(genesis: common.Block): string {
  const envelope = common.Envelope.deserializeBinary(genesis.getData()!.getDataList_asU8()[0]!)
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8())
  const group = common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig()!.getChannelGroup()!
  const organisation = group.getGroupsMap().get('Orderer')!.getGroupsMap().get('OrdererMSP')!
  const config = msp.MSPConfig.deserializeBinary(organisation.getValuesMap().get('MSP')!.getValue_asU8())
  return Buffer.from(msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8()).getRootCertsList_asU8()[0]!).toString()
}
