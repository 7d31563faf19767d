/** A small chaincode that does one thing of each kind, run as a service: `node chaincode.ts --chaincode-address A --chaincode-id I`. */
import { parseArgs } from 'node:util'
// The shim first: it brings fabric-protos 0.2.2, both versions share global names, and the shim works only if its own are older.
import { ClientIdentity, Shim, type ChaincodeResponse, type ChaincodeStub } from 'fabric-shim'
import { peer } from '@hyperledger/fabric-protos'

type Call = (stub: ChaincodeStub, args: string[]) => Promise<unknown>
/** The shim's own way to send a message that it has no method for; private, and the same in the real chaincode. */
interface Handler {
  _askPeerAndListen(message: object, method: string): Promise<Buffer>
}
/** Message types of Fabric 3.1, which the shim's version of the protocol does not name. */
const WRITE_BATCH_STATE = 24
const GET_STATE_MULTIPLE = 25

const calls: Record<string, Call> = {
  ping: async () => 'pong',
  async put(stub, [key, value]) {
    await stub.putState(key!, Buffer.from(value!))
    stub.setEvent('put', Buffer.from(`${key}=${value}`))
    return value
  },
  async delete(stub, [key]) {
    await stub.deleteState(key!)
  },
  async get(stub, [key]) {
    const value = await stub.getState(key!)
    if (value.length === 0) throw new Error(`NOT_FOUND: ${key}`)
    return value.toString()
  },
  async bump(stub, [key]) {
    const next = Number((await stub.getState(key!)).toString()) + 1
    await stub.putState(key!, Buffer.from(String(next)))
    return next
  },
  async count(stub, [start, end, into]) {
    let count = 0
    for await (const entry of stub.getStateByRange(start!, end!)) count += entry.value.length > 0 ? 1 : 0
    if (into !== undefined) await stub.putState(into, Buffer.from(String(count)))
    return count
  },
  async page(stub, [start, end, size, bookmark]) {
    const keys: string[] = []
    const { iterator, metadata } = await stub.getStateByRangeWithPagination(start!, end!, Number(size), bookmark)
    for (let next = await iterator.next(); !next.done; next = await iterator.next()) keys.push(next.value.key)
    return { keys, bookmark: metadata.bookmark }
  },
  async history(stub, [key]) {
    const values: string[] = []
    for await (const entry of stub.getHistoryForKey(key!)) values.push(entry.isDelete ? '-' : Buffer.from(entry.value).toString())
    return values
  },
  async 'put-private'(stub, [collection, key]) {
    await stub.putPrivateData(collection!, key!, stub.getTransient().get('value')!)
    stub.setEvent('put-private', Buffer.from(collection!))
  },
  async 'get-private'(stub, [collection, key]) {
    return Buffer.from(await stub.getPrivateData(collection!, key!)).toString()
  },
  async 'private-keys'(stub, [collection]) {
    const keys: string[] = []
    for await (const entry of stub.getPrivateDataByRange(collection!, '', '')) keys.push(entry.key)
    return keys
  },
  async 'private-keys-then-put'(stub, [collection, key]) {
    for await (const entry of stub.getPrivateDataByRange(collection!, '', '')) if (entry.key === key) return
    await stub.putPrivateData(collection!, key!, Buffer.from('late'))
  },
  async 'private-hash'(stub, [collection, key]) {
    return Buffer.from(await stub.getPrivateDataHash(collection!, key!)).toString('hex')
  },
  async 'purge-private'(stub, [collection, key]) {
    await stub.purgePrivateData(collection!, key!)
  },
  async 'write-batch'(stub, pairs) {
    const batch = new peer.WriteBatchState()
    for (const pair of pairs) {
      const [key, value] = pair.split('=')
      const record = new peer.WriteRecord()
      record.setKey(key!)
      record.setValue(Buffer.from(value!))
      record.setType(peer.WriteRecord.Type.PUT_STATE)
      batch.addRec(record)
    }
    await ask(stub, WRITE_BATCH_STATE, batch.serializeBinary(), 'PutState')
  },
  async 'read-batch'(stub, keys) {
    const request = new peer.GetStateMultiple()
    request.setKeysList(keys)
    const answer = await ask(stub, GET_STATE_MULTIPLE, request.serializeBinary(), 'GetState')
    return peer.GetStateMultipleResult.deserializeBinary(answer).getValuesList_asU8().map((value) => Buffer.from(value).toString())
  },
  async whoami(stub) {
    const client = new ClientIdentity(stub)
    return { mspId: client.getMSPID(), attribute: client.getAttributeValue('role') }
  },
  async random(stub, [key]) {
    await stub.putState(key!, Buffer.from(String(Math.random())))
  },
  hang: () => new Promise(() => {}),
  async exit() {
    process.exit(1)
  },
}

async function invoke(stub: ChaincodeStub): Promise<ChaincodeResponse> {
  const { fcn, params } = stub.getFunctionAndParameters()
  try {
    const call = calls[fcn]
    if (call === undefined) throw new Error(`There is no function ${fcn}`)
    const result = await call(stub, params)
    return Shim.success(Buffer.from(typeof result === 'string' ? result : JSON.stringify(result ?? null)))
  } catch (error) {
    return Shim.error((error as Error).message)
  }
}

function ask(stub: ChaincodeStub, type: peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap], payload: Uint8Array, method: string): Promise<Buffer> {
  const message = new peer.ChaincodeMessage()
  message.setType(type)
  message.setPayload(payload)
  message.setTxid(stub.getTxID())
  message.setChannelId(stub.getChannelID())
  return (stub as unknown as { handler: Handler }).handler._askPeerAndListen(message, method)
}

const { values } = parseArgs({ options: { 'chaincode-address': { type: 'string' }, 'chaincode-id': { type: 'string' } } })
const server = Shim.server(
  { Init: async () => Shim.success(), Invoke: invoke },
  { ccid: values['chaincode-id']!, address: values['chaincode-address']!, tlsProps: undefined as never },
)
await server.start()
