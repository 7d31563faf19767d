import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { LedgerNode, LedgerNodeOptions } from './ledger-node.ts'

const root = join(import.meta.dirname, '../../../../..')

/**
 * The ledger of `examples/custom-ledger`, which no code of ours names: its files in a folder of their own beside the file of ledgers, with
 * the two packages that it depends on, as a package manager would link them.
 */
export function startFolderLedger({ directory }: LedgerNodeOptions): Promise<LedgerNode> {
  cpSync(join(root, 'examples/custom-ledger'), join(directory, 'folder-ledger'), { recursive: true, filter: (path) => !path.endsWith('node_modules') })
  const linked = join(directory, 'folder-ledger/node_modules/@careledger')
  mkdirSync(linked, { recursive: true })
  for (const name of ['spec', 'kit']) symlinkSync(join(root, 'packages/ledger-adapters', name), join(linked, `ledger-${name}`), 'junction')
  const folder = join(directory, 'shared-folder')
  mkdirSync(folder)
  return Promise.resolve({
    against: 'a folder',
    configuration: { kind: 'module', module: './folder-ledger/src/index.ts', create: 'createFolderLedger', settings: { folder, account: 'careledger', writers: ['careledger'] } },
    stop: () => Promise.resolve(),
  })
}
