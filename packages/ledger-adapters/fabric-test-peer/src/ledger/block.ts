import { randomBytes } from 'node:crypto'
import { common } from '@hyperledger/fabric-protos'
import { sha256 } from '../hash.ts'
import type { SigningIdentity } from '../identity/signer.ts'

/** A block as the orderer has cut and signed it. The flags of its transactions are each peer's own to set. */
export function createBlock(number: number, previousHash: Uint8Array, data: readonly Uint8Array[], orderer: SigningIdentity): common.Block {
  const header = new common.BlockHeader()
  header.setNumber(number)
  header.setPreviousHash(previousHash)
  header.setDataHash(sha256(...data))
  const body = new common.BlockData()
  body.setDataList([...data])
  const metadata = new common.BlockMetadata()
  metadata.setMetadataList([signatures(header, orderer), lastConfig().serializeBinary(), new Uint8Array(), new Uint8Array(), new Uint8Array()])
  const block = new common.Block()
  block.setHeader(header)
  block.setData(body)
  block.setMetadata(metadata)
  return block
}

/** SHA-256 of the header's ASN.1 form, the next block's `previousHash` (protoutil/blockutils.go, `BlockHeaderHash`). */
export function blockHash(header: common.BlockHeader): Buffer {
  return sha256(headerBytes(header))
}

/** A copy of the block with the validation codes of its transactions. */
export function withValidationCodes(block: common.Block, codes: readonly number[]): common.Block {
  const metadata = new common.BlockMetadata()
  const list = block.getMetadata()?.getMetadataList_asU8() ?? []
  metadata.setMetadataList(list.map((value, index) => (index === common.BlockMetadataIndex.TRANSACTIONS_FILTER ? Uint8Array.from(codes) : value)))
  const copy = new common.Block()
  copy.setHeader(block.getHeader())
  copy.setData(block.getData())
  copy.setMetadata(metadata)
  return copy
}

/** The orderer signs the metadata's value, its own signature header and the block header, one after another. */
function signatures(header: common.BlockHeader, orderer: SigningIdentity): Uint8Array {
  const content = new common.OrdererBlockMetadata()
  content.setLastConfig(lastConfigIndex())
  const signer = new common.SignatureHeader()
  signer.setCreator(orderer.serialized)
  signer.setNonce(randomBytes(24))
  const signature = new common.MetadataSignature()
  signature.setSignatureHeader(signer.serializeBinary())
  signature.setSignature(orderer.sign(Buffer.concat([content.serializeBinary(), signer.serializeBinary(), headerBytes(header)])))
  const metadata = new common.Metadata()
  metadata.setValue(content.serializeBinary())
  metadata.setSignaturesList([signature])
  return metadata.serializeBinary()
}

/** No channel is ever reconfigured: the newest configuration is that of block 0. */
function lastConfigIndex(): common.LastConfig {
  const last = new common.LastConfig()
  last.setIndex(0)
  return last
}

function lastConfig(): common.Metadata {
  const metadata = new common.Metadata()
  metadata.setValue(lastConfigIndex().serializeBinary())
  return metadata
}

/** DER of SEQUENCE { INTEGER number, OCTET STRING previousHash, OCTET STRING dataHash }; all parts are shorter than 128 bytes. */
function headerBytes(header: common.BlockHeader): Buffer {
  let hex = header.getNumber().toString(16)
  if (hex.length % 2 === 1) hex = `0${hex}`
  if (Number.parseInt(hex.slice(0, 2), 16) > 0x7f) hex = `00${hex}`
  return tagged(0x30, tagged(0x02, Buffer.from(hex, 'hex')), tagged(0x04, header.getPreviousHash_asU8()), tagged(0x04, header.getDataHash_asU8()))
}

function tagged(tag: number, ...content: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(content)
  return Buffer.concat([Buffer.from([tag, body.length]), body])
}
