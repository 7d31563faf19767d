import { CompactEncrypt, exportJWK, generateKeyPair, importJWK } from 'jose'
import { epochKey, fromBase64url, ledgerKey, ledgerRecordId, toHex } from '@careledger/proof'
import type { ProofFile } from '@careledger/proof'
import { describe, expect, it } from 'vitest'
import { openEpochKeys } from './epoch-keys.ts'
import { isOnLedger, readDirect } from './read-direct.ts'
import type { PrivateJwk } from './signing-key.ts'

type P256 = Extract<PrivateJwk, { kty: 'EC' }>

async function p256(): Promise<P256> {
  const { privateKey } = await generateKeyPair('ECDH-ES+A256KW', { extractable: true })
  return (await exportJWK(privateKey)) as unknown as P256
}

async function sealTo({ kty, crv, x, y }: P256, plain: Uint8Array, alg = 'ECDH-ES+A256KW'): Promise<string> {
  return new CompactEncrypt(plain).setProtectedHeader({ alg, enc: 'A256GCM' }).encrypt(await importJWK({ kty, crv, x, y }, alg))
}

/** The vector of the entry format: Ed25519 seed 32 times 07, salt 32 times 09, secret 32 times 01. */
const entry = {
  v: 1, id: '01890a5d-ac96-774b-bcce-b302099a8057', network: 'hospital', type: 'record-created', subject: 'H35GHDLg01mj2Ew9UFQgsKG87N_g_1EFYZSvXHS3K74', custodian: 'org-1',
  payload: '56ulAzZb3JSBaNeO7W1N5nAuEReQNWPOT2Cf1vU0-tc', issuedAt: '2026-11-22T12:00:00.000Z', author: { party: 'party-1', key: '--6IM5l0OosLj9yWskISYhUA3n_3CURQkmrYMSha_ck' },
} as const
const jws = 'eyJhbGciOiJFZERTQSIsImtpZCI6Ii0tNklNNWwwT29zTGo5eVdza0lTWWhVQTNuXzNDVVJRa21yWU1TaGFfY2siLCJ0eXAiOiJjYXJlbGVkZ2VyLWVudHJ5K2p3cyJ9..chL5_O4eEU08dXAXHQZU4nb10slgV1ODA21ytBiZ_BZ1H2DUHODckQUnRtnzhrm0R1c5UPYc9jMS_NeStg3VBA'
const record = { id: '8c8aced3a9659d694017ddf23e856681', key: 'a279fdf6a0b92fbf44e149b6e941862317ec165707fd340cc307608b731bdc22', digest: '704c2aa0747fc05d3f1882135fa258114eacce47c28834b98648e018e6587a58' }
const key = epochKey(new Uint8Array(32).fill(1), 0)
const file = { entry, signature: { jws }, leaf: { chainSequence: 0 } } as unknown as ProofFile

describe('sealed epoch keys', () => {
  it('open with the key they were sealed to and with no other', async () => {
    const [mine, other] = await Promise.all([p256(), p256()])
    const grant = { epochs: [{ epoch: 3, sealed: await sealTo(mine, key) }] }
    expect(await openEpochKeys(grant, mine)).toEqual([{ epoch: 3, key }])
    await expect(openEpochKeys(grant, other)).rejects.toMatchObject({ name: 'Problem', code: 'SIGNATURE_INVALID', details: { index: 3 } })
  })

  it('are refused in another algorithm or of another length', async () => {
    const mine = await p256()
    await expect(openEpochKeys({ epochs: [{ epoch: 0, sealed: await sealTo(mine, key, 'ECDH-ES') }] }, mine)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
    await expect(openEpochKeys({ epochs: [{ epoch: 0, sealed: await sealTo(mine, key.slice(1)) }] }, mine)).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  })
})

describe('a record on the ledger', () => {
  it('is the one that the published vector gives', () => {
    expect(toHex(ledgerKey(key))).toBe(record.key)
    expect(toHex(ledgerRecordId(key, entry.id))).toBe(record.id)
    expect(isOnLedger(file, record, key)).toBe(true)
  })

  it('is not another entry, another place in the chain, another epoch or another digest', () => {
    expect(isOnLedger({ ...file, entry: { ...entry, custodian: 'org-2' } } as ProofFile, record, key)).toBe(false)
    expect(isOnLedger({ ...file, leaf: { chainSequence: 1, chainPrevious: entry.subject } }, record, key)).toBe(false)
    expect(isOnLedger(file, record, epochKey(new Uint8Array(32).fill(1), 1))).toBe(false)
    expect(isOnLedger(file, { ...record, digest: record.key }, key)).toBe(false)
    expect(isOnLedger(file, { ...record, digest: 'zz' }, key)).toBe(false)
  })

  it('is found page by page with each epoch key; what the custodian keeps back shows as not shared, what is no proof as invalid', async () => {
    const asked: unknown[] = []
    const ids = ['00'.repeat(16), '11'.repeat(16), '22'.repeat(16)]
    const ledger = {
      async list(stream: string, query: { readonly key: string; readonly after?: string | undefined; readonly limit: number }) {
        asked.push([stream, query.key, query.after])
        const start = query.after === undefined ? 0 : Number(query.after)
        const records = query.key === record.key ? ids.slice(start, start + query.limit).map((id) => ({ id, digest: record.digest })) : []
        return { records, ...(query.key === record.key && start + query.limit < ids.length ? { next: String(start + query.limit) } : {}) }
      },
    }
    const trust = { logs: [], root: { kty: 'OKP', crv: 'Ed25519', x: entry.subject }, witnesses: [], witnessThreshold: 0 } as const
    const epochs = [{ epoch: 0, key }, { epoch: 1, key: fromBase64url(entry.subject) }]
    const found = []
    for await (const one of readDirect({ ledger, stream: 'hospital', epochs, trust, pageSize: 2, fetchProof: async (id) => (id === ids[1] ? undefined : '{}') })) found.push([one.recordId, one.epoch, one.outcome])
    expect(found).toEqual([[ids[0], 0, 'invalid'], [ids[1], 0, 'not-shared'], [ids[2], 0, 'invalid']])
    expect(asked).toHaveLength(3)
  })
})
