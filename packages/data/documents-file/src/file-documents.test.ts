import { execFile } from 'node:child_process'
import { chmod, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { documentStoreConformance } from '@careledger/data-conformance'
import { afterEach, describe, expect, it } from 'vitest'
import { createFileDocuments } from './index.ts'

const folders: string[] = []
async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'careledger-documents-'))
  folders.push(path)
  return path
}
afterEach(async () => { for (const path of folders.splice(0)) await rm(path, { recursive: true, force: true }) })

documentStoreConformance({ describe, it }, {
  name: 'files',
  async create() {
    const directory = await folder()
    const store = await createFileDocuments({ directory })
    return { store, reopen: () => createFileDocuments({ directory }), dispose: () => store.close() }
  },
})

describe('documents in files', () => {
  it('leave no draft behind, and remove those of a process that was killed long ago', async () => {
    const directory = await folder()
    const store = await createFileDocuments({ directory })
    await store.put('one', new Uint8Array(10))
    await expect(store.put('one', new Uint8Array(11))).rejects.toMatchObject({ code: 'STORE_CONFLICT' })
    expect(await readdir(join(directory, 'drafts'))).toEqual([])
    await writeFile(join(directory, 'drafts', 'old'), 'x')
    await utimes(join(directory, 'drafts', 'old'), new Date(0), new Date(0))
    await writeFile(join(directory, 'drafts', 'new'), 'x')
    await createFileDocuments({ directory })
    expect(await readdir(join(directory, 'drafts'))).toEqual(['new'])
  })

  it('are readable by their owner only', async () => {
    const directory = await folder()
    const store = await createFileDocuments({ directory })
    await store.put('abcdefghij', new Uint8Array(10))
    const { stdout } = await promisify(execFile)('find', [directory, '-mindepth', '1', '-perm', '/077'])
    expect(stdout).toBe('')
  })

  it.skipIf(process.getuid?.() === 0)('answer STORE_UNAVAILABLE when the folder may not be written (skipped for root, whom nothing stops)', async () => {
    const directory = await folder()
    const store = await createFileDocuments({ directory })
    await chmod(join(directory, 'drafts'), 0o500)
    await expect(store.put('one', new Uint8Array(10))).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect((await store.health()).ok).toBe(false)
  })

  it('survive kill -9 of the writer: each acknowledged document is whole, and no half one is ever seen', async () => {
    const directory = await folder()
    const script = `
      import { createFileDocuments } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
      const store = await createFileDocuments({ directory: ${JSON.stringify(directory)} })
      for (let at = 0; ; at += 1) {
        const id = process.argv[1] + '-' + at
        await store.put(id, new Uint8Array(200_000 + at).fill(at & 255))
        process.stdout.write(id + '\\n')
      }`
    const acknowledged: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const child = execFile(process.execPath, ['--conditions=@careledger/source', '--input-type=module', '-e', script, `round${round}`], { killSignal: 'SIGKILL' })
      let output = ''
      await new Promise<void>((resolve) => {
        child.stdout?.on('data', (text: string) => {
          output += text
          if (output.split('\n').length > 6 + round * 5) child.kill('SIGKILL')
        })
        child.on('close', () => { resolve() })
      })
      acknowledged.push(...output.split('\n').slice(0, -1))
    }
    const store = await createFileDocuments({ directory })
    const stored = await store.list({ limit: 1_000 })
    expect(acknowledged.length).toBeGreaterThan(20)
    expect(acknowledged.filter((id) => !stored.includes(id))).toEqual([])
    for (const id of stored) {
      const at = Number(id.split('-')[1])
      expect(await store.get(id)).toEqual(new Uint8Array(200_000 + at).fill(at & 255))
    }
  })

  it('keep one folder for neighbours in time, and the bytes as they are', async () => {
    const directory = await folder()
    const store = await createFileDocuments({ directory })
    await store.put('01890a5d-ac96-774b-bcce-b302099a8057', new Uint8Array([1, 2, 3]))
    expect([...await readFile(join(directory, 'x0189', 'x0a5d', 'x01890a5d-ac96-774b-bcce-b302099a8057'))]).toEqual([1, 2, 3])
  })
})
