// Builds the example adapters as an outsider would: from packed tarballs of three packages, each in a folder of its own, offline.
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, run, type Outcome } from './run.ts'

/** What an adapter of somebody else's depends on, each after what it needs itself. */
const PACKAGES = ['spec', 'kit', 'conformance'] as const

export const EXAMPLES = ['custom-ledger', 'ledger-template'] as const

export interface ExamplesOutcome {
  /** Packing, then for each example installing, type check and the conformance suite, as far as it came. */
  readonly steps: readonly { readonly name: string; readonly outcome: Outcome }[]
  readonly ok: boolean
}

/** Packs once, then installs, checks and runs each example; stops at the first step that fails. Leaves nothing behind. */
export async function runExamples(): Promise<ExamplesOutcome> {
  const work = mkdtempSync(join(tmpdir(), 'careledger-example-'))
  const steps: { readonly name: string; readonly outcome: Outcome }[] = []
  const step = async (name: string, command: string, args: readonly string[], cwd: string): Promise<boolean> => {
    const outcome = await run(command, args, { cwd, env: { NODE_OPTIONS: '' } })
    steps.push({ name, outcome })
    return outcome.code === 0
  }
  const runExample = async (name: string, folder: string): Promise<boolean> =>
    (await step(`${name}: install`, 'pnpm', ['install', '--offline', '--no-frozen-lockfile'], folder))
    && (await step(`${name}: check`, 'tsc', ['--noEmit', '--typeRoots', join(root, 'node_modules/@types')], folder))
    && (await step(`${name}: test`, 'node', ['--test', '--test-reporter=tap', 'src/*.test.ts'], folder))
  try {
    const sources = copySources(work)
    const ok = (await step('build', 'tsc', ['-b', ...PACKAGES], sources))
      && (await every(PACKAGES, (name) => step(`pack ${name}`, 'pnpm', ['pack', '--out', tarball(work, name)], join(sources, name))))
      && (await every(EXAMPLES, (name) => runExample(name, copyExample(work, name))))
    return { steps, ok }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

function tarball(work: string, name: string): string {
  return join(work, `${name}.tgz`)
}

/** The three packages in a workspace of their own, so that building here disturbs no other build. */
function copySources(work: string): string {
  const sources = join(work, 'workspace/packages/ledger-adapters')
  for (const name of PACKAGES) {
    cpSync(join(root, 'packages/ledger-adapters', name), join(sources, name), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !path.endsWith('/dist') && !path.endsWith('/.turbo'),
    })
  }
  for (const file of ['tsconfig.base.json', 'pnpm-workspace.yaml']) cpSync(join(root, file), join(work, 'workspace', file))
  writeFileSync(join(work, 'workspace/package.json'), '{ "private": true, "type": "module" }\n')
  mkdirSync(join(work, 'workspace/node_modules/@types'), { recursive: true })
  symlinkSync(realpathSync(join(root, 'node_modules/@types/node')), join(work, 'workspace/node_modules/@types/node'))
  return sources
}

/** The example as it stands, told where the tarballs are: an outsider's registry would know. */
function copyExample(work: string, name: string): string {
  const example = join(work, name)
  cpSync(join(root, 'examples', name), example, { recursive: true, filter: (path) => !path.endsWith('/node_modules') })
  const overrides = PACKAGES.map((name) => `  '@careledger/ledger-${name}': file:${tarball(work, name)}\n`).join('')
  writeFileSync(join(example, 'pnpm-workspace.yaml'), `overrides:\n${overrides}`)
  return example
}

async function every<T>(all: readonly T[], holds: (each: T) => Promise<boolean>): Promise<boolean> {
  for (const each of all) if (!(await holds(each))) return false
  return true
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { steps, ok } = await runExamples()
  for (const { name, outcome } of steps) {
    console.log(`${outcome.code === 0 ? 'ok' : 'FAILED'}  ${name}`)
    if (outcome.code !== 0) console.log(`${outcome.stdout}\n${outcome.stderr}`)
  }
  process.exitCode = ok ? 0 : 1
}
