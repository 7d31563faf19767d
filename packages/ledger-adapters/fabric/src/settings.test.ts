import { describe, expect, it } from 'vitest'
import { toProfile } from './network-profile.ts'
import { checkSettings, type FabricLedgerSettings } from './settings.ts'

const PEM = '-----BEGIN CERTIFICATE-----\n...'
const settings: FabricLedgerSettings = { client: 'network', channel: 'care', chaincode: 'careledger', peer: { address: 'peer.hospital.example:7051', tlsCertificate: PEM } }

describe('checkSettings', () => {
  it('fills in the defaults', () => {
    expect(checkSettings(settings)).toMatchObject({ discovery: { asLocalhost: false }, collections: [], appendBytesMax: 4_194_304, dataBytesMax: 1_048_576, pollMs: 500 })
  })

  it.each<[string, Partial<FabricLedgerSettings>]>([
    ['client', { client: 'other' as 'gateway' }],
    ['peer.address', { peer: { address: 'grpcs://peer:7051', tlsCertificate: PEM } }],
    ['peer.tlsCertificate', { peer: { address: 'peer:7051', tlsCertificate: '/etc/ca.pem' } }],
    ['channel', { channel: 'Care' }],
    ['space', { space: 'a.b' }],
    ['recordsMax', { recordsMax: 5_000 }],
    ['dataBytesMax', { dataBytesMax: 4_000_000 }],
  ])('names %s when it is wrong', (member, wrong) => {
    expect(() => checkSettings({ ...settings, ...wrong })).toThrow(new RegExp(`^Settings of the Fabric ledger: ${member}`))
  })
})

describe('toProfile', () => {
  it('names the own peer only when the rest is discovered', () => {
    const profile = toProfile(checkSettings(settings), 'HospitalMSP')
    expect(profile).toMatchObject({ organizations: { HospitalMSP: { mspid: 'HospitalMSP', peers: ['peer0'] } }, peers: { peer0: { url: 'grpcs://peer.hospital.example:7051' } } })
    expect(profile).not.toHaveProperty('channels')
  })

  it('names every peer and orderer that is listed', () => {
    const listed = { peers: [{ address: 'other:7051', tlsCertificate: PEM, mspId: 'LaboratoryMSP', hostname: 'peer.laboratory.example' }], orderers: [{ address: 'orderer:7050', tlsCertificate: PEM }] }
    expect(toProfile(checkSettings({ ...settings, discovery: listed }), 'HospitalMSP')).toMatchObject({
      organizations: { HospitalMSP: { peers: ['peer0'] }, LaboratoryMSP: { peers: ['peer1'] } },
      peers: { peer1: { grpcOptions: { 'ssl-target-name-override': 'peer.laboratory.example' } } },
      orderers: { orderer0: { url: 'grpcs://orderer:7050' } },
      channels: { care: { peers: ['peer0', 'peer1'], orderers: ['orderer0'] } },
    })
  })
})
