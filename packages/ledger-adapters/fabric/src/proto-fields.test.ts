import { common, msp, peer } from '@hyperledger/fabric-protos'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesField, numberField, readFields, writeFields } from './proto-fields.ts'

it('reads what the generated classes write', () => {
  const header = new common.BlockHeader()
  header.setNumber(300)
  header.setPreviousHash(new Uint8Array(32).fill(1))
  header.setDataHash(new Uint8Array(32).fill(2))
  const block = new common.Block()
  block.setHeader(header)
  expect(bytesField(bytesField(block.serializeBinary(), 1), 3)).toEqual(new Uint8Array(32).fill(2))
  expect(numberField(bytesField(block.serializeBinary(), 1), 1)).toBe(300n)
  const info = new common.BlockchainInfo()
  info.setHeight(2 ** 40)
  expect(numberField(info.serializeBinary(), 1)).toBe(2n ** 40n)
  const transaction = new peer.ProcessedTransaction()
  expect(numberField(transaction.serializeBinary(), 2)).toBe(0n)
  transaction.setValidationcode(11)
  expect(numberField(transaction.serializeBinary(), 2)).toBe(11n)
})

it('writes what the generated classes read', () => {
  const certificate = Buffer.alloc(1_000, 7)
  const identity = msp.SerializedIdentity.deserializeBinary(writeFields(Buffer.from('Org1MSP'), certificate))
  expect([identity.getMspid(), Buffer.from(identity.getIdBytes_asU8())]).toEqual(['Org1MSP', certificate])
})

it('ends with fields or an error for any bytes', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
    try {
      for (const value of readFields(bytes).values()) expect(typeof value === 'bigint' || value instanceof Uint8Array).toBe(true)
    } catch (error) {
      expect((error as Error).message).toBe('Not a protobuf message')
    }
  }))
})
