import { createHash, createPrivateKey, randomBytes, sign } from 'node:crypto'
import { join } from 'node:path'
import { startFabricTestPeer, type FabricIdentity, type FabricTestPeer } from '@careledger/fabric-test-peer'
import { createFabricLedger, createFabricSigner, type FabricLedgerSettings } from '@careledger/ledger-fabric'
import type { Ledger } from '@careledger/ledger-spec'
import { toBase64url, type ProofAnchor } from '@careledger/proof'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAnchorVerifier } from '../create-anchor-verifier.ts'
import type { CertificateTrust } from '../ledger-trust.ts'
import { readEndorsedRead } from './endorsed-read.ts'
import { endorsingOrganisations } from './endorsing-organisations.ts'

const FORM = 'fabric-endorsed-read/1'
/** Every byte takes half a minute; 7 has no common factor with the lengths of what is in it. */
const STEP = Number(process.env['EVIDENCE_STEP'] ?? 7)
const hex = (bytes: number): string => randomBytes(bytes).toString('hex')
const verify = async (anchor: ProofAnchor, ...pins: readonly CertificateTrust[]) => (await createAnchorVerifier(pins)(anchor)).outcome

let peer: FabricTestPeer
let identity: FabricIdentity
const ledgers: Ledger[] = []
beforeAll(async () => {
  const main = join(import.meta.dirname, '../../../ledger-adapters/fabric-chaincode/src/main.ts')
  peer = await startFabricTestPeer({
    collections: [{ name: 'bothOrgs', members: ['Org1MSP', 'Org2MSP'] }],
    chaincode: { name: 'careledger', command: [process.execPath, '--conditions=@careledger/source', main], environment: { CARELEDGER_ADMINISTRATORS: 'Org1MSP/admin' } },
  })
  identity = await peer.enrol({ mspId: 'Org1MSP', name: 'admin' })
}, 60_000)
afterAll(async () => {
  for (const ledger of ledgers) await ledger.close()
  await peer.stop()
})

async function open(client: FabricLedgerSettings['client'], space?: string): Promise<Ledger> {
  const { address, tlsRootCertificate } = peer.gateway('Org1MSP')
  const ledger = await createFabricLedger({
    signer: createFabricSigner(identity),
    settings: {
      channel: peer.createChannel(), chaincode: peer.chaincodeName, peer: { address, tlsCertificate: tlsRootCertificate }, discovery: { asLocalhost: true }, client, pollMs: 30,
      collections: [{ name: 'bothOrgs', organisations: ['Org1MSP', 'Org2MSP'] }], ...(space === undefined ? {} : { space }),
    },
  })
  ledgers.push(ledger)
  return ledger
}

async function make(ledger: Ledger) {
  await ledger.membership.grant('labs', 'Org1MSP/admin', 'write')
  const records = [{ id: hex(16), digest: hex(32) }, { id: hex(16), key: hex(32), digest: hex(32) }] as const
  await ledger.append('labs', records, { until: 'final' })
  const evidence = await ledger.evidence.evidence('labs', records[1].id)
  if (evidence === undefined) throw new Error('The ledger gives no evidence')
  const { ledgerId, kind } = ledger.describe()
  const anchor: ProofAnchor = { ledgerId, kind, stream: 'labs', id: records[1].id, digest: records[1].digest, for: 'record', evidence: `${evidence.format} ${toBase64url(evidence.bytes)}` }
  const organisations = { Org1MSP: peer.gateway('Org1MSP').rootCertificate, Org2MSP: peer.gateway('Org2MSP').rootCertificate }
  return { anchor, bytes: evidence.bytes, trust: { ledgerId, organisations, organisationsMin: 2 } }
}

describe.each(['gateway', 'network'] as const)('evidence of Fabric by the client %s', (client) => {
  it('passes when as many pinned organisations have signed as asked for, and needs the pin', async () => {
    const { anchor, trust } = await make(await open(client))
    const { Org1MSP, Org2MSP } = trust.organisations
    expect(await verify(anchor, trust)).toBe('pass')
    expect(await verify(anchor)).toBe('unchecked')
    expect(await verify(anchor, { ...trust, ledgerId: 'another' })).toBe('unchecked')
    expect(await verify(anchor, { ...trust, organisations: { Org1MSP, Org2MSP: Org1MSP } })).toBe('fail')
    expect(await verify(anchor, { ...trust, organisations: { Org1MSP, Org3MSP: Org2MSP } })).toBe('fail')
    expect(await verify(anchor, { ...trust, organisations: { Org1MSP, Org2MSP: 'no certificate' } })).toBe('fail')
    expect(await verify(anchor, { ...trust, organisations: { Org1MSP }, organisationsMin: 1 })).toBe('pass')
  }, 60_000)

  it('fails for another digest, id, stream, channel, chaincode and space', async () => {
    const { anchor, trust } = await make(await open(client, 'clinic'))
    expect(await verify(anchor, trust)).toBe('pass')
    const [name, genesis, channel, chaincode, space] = anchor.ledgerId.split(':')
    const ids = [[name, genesis, 'other', chaincode, space], [name, genesis, channel, 'other', space], [name, genesis, channel, chaincode, 'other'], [name, genesis, channel, chaincode]].map((parts) => ({ ledgerId: parts.join(':') }))
    for (const change of [{ digest: hex(32) }, { id: hex(16) }, { stream: 'lab' }, ...ids]) {
      const changed = { ...anchor, ...change }
      expect(await verify(changed, { ...trust, ledgerId: changed.ledgerId })).toBe('fail')
    }
  }, 60_000)

  it('is not given for a record that is not there, nor in a private stream', async () => {
    const ledger = await open(client)
    expect(await ledger.evidence.evidence('labs', hex(16))).toBeUndefined()
    await ledger.privateStreams.open('secret', ['Org1MSP/admin', 'Org2MSP/reader'])
    const record = { id: hex(16), digest: hex(32) }
    await ledger.append('secret', [record], { until: 'final' })
    expect(await ledger.evidence.evidence('secret', record.id)).toBeUndefined()
  }, 60_000)
})

it('passes for no evidence with a bit changed, cut or made longer', async () => {
  const { anchor, bytes, trust } = await make(await open('gateway'))
  const outcomeOf = (changed: Uint8Array) => verify({ ...anchor, evidence: `${FORM} ${toBase64url(changed)}` }, trust)
  expect(await outcomeOf(bytes)).toBe('pass')
  const passed: number[] = []
  for (let at = 0; at < bytes.length; at += STEP) {
    const changed = bytes.slice()
    changed[at] = (changed[at] ?? 0) ^ 1
    if ((await outcomeOf(changed)) !== 'fail') passed.push(at)
    if (at % 16 === 0) expect(await outcomeOf(bytes.slice(0, at))).toBe('fail')
  }
  expect(passed).toEqual([])
  expect(await outcomeOf(Uint8Array.from([...bytes, 0]))).toBe('fail')
}, 120_000)

it('counts no signature of a client, whose certificate is of the same authority', async () => {
  const signed = randomBytes(40)
  const endorsement = { mspId: 'Org1MSP', certificate: identity.certificate, signed: new Uint8Array(signed), signature: new Uint8Array(sign('sha256', signed, createPrivateKey(identity.privateKey))) }
  const trust = { ledgerId: '', organisations: { Org1MSP: peer.gateway('Org1MSP').rootCertificate }, organisationsMin: 1 }
  expect([...await endorsingOrganisations([endorsement], trust)]).toEqual([])
})

it('takes no question that is hidden in the nonce of another', () => {
  const field = (number: number, ...parts: readonly Uint8Array[]): Buffer => {
    const bytes = Buffer.concat(parts)
    return Buffer.concat([Buffer.of(number * 8 + 2), Buffer.of((bytes.length & 0x7f) | 0x80, bytes.length >> 7), bytes])
  }
  const text = (value: string): Buffer => Buffer.from(value)
  const [id, digest] = [hex(16), hex(32)]
  const question = (stream: string): Buffer => field(1, field(1, field(2, field(2, text('cc'))), field(3, ...['get', stream, JSON.stringify([id])].map((arg) => field(1, text(arg))))))
  const [channelHeader, asked] = [field(4, text('ch')), question('mine')]
  const hidden = Buffer.concat([question('theirs'), Buffer.of(15 * 8 + 2, (asked.length & 0x7f) | 0x80, asked.length >> 7)])
  const signatureHeader = Buffer.concat([field(1, text('creator')), field(2, text('nonce'), hidden)])
  const answer = field(2, field(3, field(3, text(JSON.stringify({ records: [{ id, digest }] })))), field(4, field(2, text('cc'))))
  const make = (header: Buffer, proposal: Buffer): Buffer => {
    const response = Buffer.concat([field(1, createHash('sha256').update(Buffer.concat([channelHeader, signatureHeader, asked])).digest()), answer])
    return Buffer.concat([field(1, field(1, channelHeader), field(2, header)), field(2, field(1, field(1, header), field(2, field(1, proposal), field(2, field(1, response)))))])
  }
  const anchor = (stream: string): ProofAnchor => ({ ledgerId: 'fabric:00:ch:cc', kind: 'fabric', stream, id, digest, for: 'record' })
  expect(readEndorsedRead(make(signatureHeader, asked), anchor('mine'))).toEqual([])
  const at = signatureHeader.length - hidden.length
  const forged = make(signatureHeader.subarray(0, at), Buffer.concat([signatureHeader.subarray(at), asked]))
  expect(() => readEndorsedRead(forged, anchor('theirs'))).toThrow('Fabric')
})
