import { describe, expect, it } from 'vitest'
import {
  appendLeaves, checkpointBody, checkpointRecordId, continuityBytes, createSigner, generateSigningKey, leafHash, merkleRoot, nodeHash, parseContinuity, rootOfFrontier, sha256, signCheckpoint, toBase64url, toHex, u64, utf8, verifyContinuity,
  type ContinuityFile,
} from './index.ts'

const origin = 'careledger.test/log/0'
const leaves = Array.from({ length: 3 }, (_, n) => leafHash(sha256(u64(n))))

async function world() {
  const { privateKey, publicJwk } = await generateSigningKey('EdDSA')
  const signer = createSigner(privateKey, publicJwk)
  const note = (size: number) => signCheckpoint(checkpointBody({ origin, size, root: merkleRoot(leaves.slice(0, size)) }), signer)
  const end = async (ledger: string, size: number) => ({ ledger, kind: 'in-memory', ledgerId: `in-memory:${ledger}`, id: toHex(checkpointRecordId(origin, size)), checkpoint: await note(size) })
  const file: ContinuityFile = { format: 'careledger-continuity/1', network: 'hospital', from: await end('old', 2), to: await end('new', 3), path: [toBase64url(leaves[2]!)] }
  return { signer, file, trust: { logs: [{ origin, key: signer.publicJwk }] } }
}

describe('a continuity file', () => {
  it('holds for two states of one log, and names both', async () => {
    const { file, trust } = await world()
    expect(nodeHash(merkleRoot(leaves.slice(0, 2)), leaves[2]!)).toEqual(rootOfFrontier(appendLeaves({ size: 0, frontier: [] }, leaves)))
    expect(await verifyContinuity(continuityBytes(file), trust)).toEqual({ file, fromSize: 2, toSize: 3 })
    expect(parseContinuity(continuityBytes(file))).toEqual(file)
  })

  it('fails for another path, other ends, a record id of another size, another key or log', async () => {
    const { file, trust } = await world()
    const other = await world()
    const cases: readonly (readonly [ContinuityFile, string])[] = [
      [{ ...file, path: [toBase64url(leaves[0]!)] }, 'TREE_INVALID'], [{ ...file, path: [] }, 'TREE_INVALID'], [{ ...file, from: file.to, to: file.from }, 'TREE_INVALID'],
      [{ ...file, to: { ...file.to, id: file.from.id } }, 'MALFORMED'], [{ ...file, to: other.file.to }, 'SIGNATURE_INVALID'],
    ]
    for (const [wrong, code] of cases) await expect(verifyContinuity(continuityBytes(wrong), trust)).rejects.toMatchObject({ name: 'ProofError', code })
    await expect(verifyContinuity(continuityBytes(file), { logs: [] })).rejects.toMatchObject({ code: 'SIGNATURE_INVALID' })
  })

  it('is read strictly: canonical, whole, and nothing more', async () => {
    const { file } = await world()
    const text = new TextDecoder().decode(continuityBytes(file))
    expect(() => parseContinuity(utf8(`${text}\n`))).toThrow()
    expect(() => parseContinuity(utf8(JSON.stringify({ ...file, more: 1 })))).toThrow()
    expect(() => parseContinuity(continuityBytes({ ...file, more: 'x' } as ContinuityFile))).toThrow(/more/)
    expect(() => parseContinuity(continuityBytes({ ...file, format: 'careledger-continuity/2' as never }))).toThrow()
  })
})
