import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const folder = fileURLToPath(new URL('../..', import.meta.url))
const files = globSync(['src/**/*.{ts,tsx}', 'styles/*.css'], { cwd: folder }).filter((path) => !/[.]test[.]tsx?$|tokens[.]ts$|contrast[.]ts$/.test(path))

describe('colours', () => {
  it.each(files)('%s names none: they stand in tokens.ts', (path) => {
    const text = readFileSync(`${folder}/${path}`, 'utf8')
    expect(text.match(/#[0-9a-fA-F]{6}\b|#[0-9a-fA-F]{3}\b(?=[;'"])|\bcolor="(?!currentColor)|\bc="|hsl\(/g) ?? []).toEqual([])
  })
})
