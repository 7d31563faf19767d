import { common, peer } from '@hyperledger/fabric-protos'
import { blockHash } from '../ledger/block.ts'
import type { PeerLedger } from '../ledger/peer-ledger.ts'

/** `qscc`, which answers from the block store. Texts after core/scc/qscc/query.go and common/ledger/blkstorage. */
export function querySystemChaincode(ledgers: ReadonlyMap<string, PeerLedger>, input: peer.ChaincodeInput): peer.Response {
  const [name, channelId, argument] = input.getArgsList_asU8().map((bytes) => Buffer.from(bytes))
  if (name === undefined || channelId === undefined) return failure(`Incorrect number of arguments, ${input.getArgsList().length}`)
  if (name.toString() !== 'GetChainInfo' && argument === undefined) return failure(`missing 3rd argument for ${name.toString()}`)
  const ledger = ledgers.get(channelId.toString())
  if (ledger === undefined) return failure(`Invalid chain ID, ${channelId.toString()}`)
  const text = argument?.toString() ?? ''
  switch (name.toString()) {
    case 'GetChainInfo':
      return success(chainInfo(ledger).serializeBinary())
    case 'GetTransactionByID':
      return transactionById(ledger, text)
    case 'GetBlockByNumber':
      return blockByNumber(ledger, text)
    case 'GetBlockByHash': {
      const found = ledger.blocks.find(({ block }) => argument !== undefined && blockHash(block.getHeader()!).equals(argument))
      return found === undefined ? failure(`Failed to get block hash ${text}, error no such block hash in index`) : success(found.block.serializeBinary())
    }
    case 'GetBlockByTxID': {
      const status = ledger.status(text)
      if (status === undefined) return failure(`Failed to get block for txID ${text}, error no such transaction ID [${text}] in index`)
      return success(status.block.block.serializeBinary())
    }
    default:
      return failure(`Requested function ${name.toString()} not found.`)
  }
}

function transactionById(ledger: PeerLedger, txId: string): peer.Response {
  const status = ledger.status(txId)
  if (status === undefined) return failure(`Failed to get transaction with id ${txId}, error no such transaction ID [${txId}] in index`)
  const processed = new peer.ProcessedTransaction()
  processed.setTransactionenvelope(status.envelope)
  processed.setValidationcode(status.code)
  return success(processed.serializeBinary())
}

function blockByNumber(ledger: PeerLedger, text: string): peer.Response {
  if (!/^\d+$/.test(text)) {
    return failure(`Failed to parse block number with error strconv.ParseUint: parsing ${JSON.stringify(text)}: invalid syntax`)
  }
  const found = ledger.blocks[Number(text)]
  if (found === undefined) return failure(`Failed to get block number ${text}, error no such block number [${text}] in index`)
  return success(found.block.serializeBinary())
}

function chainInfo(ledger: PeerLedger): common.BlockchainInfo {
  const header = ledger.blocks.at(-1)!.block.getHeader()!
  const info = new common.BlockchainInfo()
  info.setHeight(ledger.blocks.length)
  info.setCurrentblockhash(blockHash(header))
  info.setPreviousblockhash(header.getPreviousHash_asU8())
  return info
}

function success(payload: Uint8Array): peer.Response {
  const response = new peer.Response()
  response.setStatus(200)
  response.setPayload(payload)
  return response
}

function failure(message: string): peer.Response {
  const response = new peer.Response()
  response.setStatus(500)
  response.setMessage(message)
  return response
}
