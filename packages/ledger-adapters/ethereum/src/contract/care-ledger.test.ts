import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { buildText, compileContract, CONTRACT_BUILDS } from '../testing/compile-contract.ts'

describe('the committed builds', () => {
  it.each(CONTRACT_BUILDS)('$file is what the source compiles to under the rules of $evmVersion', (build) => {
    expect(readFileSync(new URL(build.file, import.meta.url), 'utf8')).toBe(buildText(compileContract(build)))
  })

  it.each(CONTRACT_BUILDS.filter(({ evmVersion }) => evmVersion === 'homestead'))('$file has no instruction from after Homestead but REVERT, which fails there all the same', (build) => {
    expect(instructions(compileContract(build).runtime).filter((code) => NEWER.has(code))).toEqual([])
  })
})

/** DELEGATECALL (Homestead itself, HydraChain has it not), RETURNDATA*, EXTCODEHASH, SHL, SHR, SAR, CREATE2, STATICCALL, CHAINID and later, PUSH0, MCOPY, T*. */
const NEWER = new Set([0xf4, 0x3d, 0x3e, 0x3f, 0x1b, 0x1c, 0x1d, 0xf5, 0xfa, 0x46, 0x47, 0x48, 0x49, 0x4a, 0x5c, 0x5d, 0x5e, 0x5f])

/** The instructions of a program, without what they push. */
function instructions(runtime: string): readonly number[] {
  const bytes = Buffer.from(runtime.slice(2), 'hex')
  const found: number[] = []
  for (let at = 0; at < bytes.length; at += 1) {
    const code = bytes[at] ?? 0
    found.push(code)
    if (code >= 0x60 && code <= 0x7f) at += code - 0x5f
  }
  return found
}
