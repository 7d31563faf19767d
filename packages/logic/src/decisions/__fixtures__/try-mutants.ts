/**
 * Tries the decision point with one of its rules removed at a time: each source below is loaded with its mutation, and everything that imports it
 * with it (a module of its own for each `?mutant=`). Prints, by mutant, what came out otherwise than the rules say; `none` is the source as it is.
 */
import { registerHooks } from 'node:module'
import { MUTANTS } from './mutants.ts'

const sourceOf = (file = 'decisions/authorize.ts'): string => new URL(`../../${file}`, import.meta.url).href
const own = /\/packages\/[\w-]+\/.*\.ts$|\/packages\/[\w-]+\/[\w-]+\/src\/.*\.ts$/
const mutantOf = (url: string | undefined): string | null => (url?.includes('?mutant=') === true ? new URL(url).searchParams.get('mutant') : null)

registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const mutant = mutantOf(context.parentURL)
    return mutant === null || !own.test(found.url) ? found : { ...found, url: `${found.url}?mutant=${mutant}` }
  },
  load(url, context, next) {
    const mutant = mutantOf(url)
    const loaded = next(url, context)
    const mutation = MUTANTS.find(({ name }) => name === mutant)
    if (mutation === undefined || !url.startsWith(`${sourceOf(mutation.file)}?`)) return loaded
    const text = typeof loaded.source === 'string' ? loaded.source : new TextDecoder().decode(loaded.source as Uint8Array)
    const mutated = text.replace(mutation.find, mutation.replace)
    if (mutated === text) throw new Error(`The mutant ${mutation.name} finds nothing to remove in ${mutation.file ?? 'decisions/authorize.ts'}: it was changed. Say in mutants.ts where the rule stands now.`)
    return { ...loaded, source: mutated }
  },
})

const found: Record<string, readonly string[]> = {}
for (const name of ['none', ...MUTANTS.map((mutant) => mutant.name)]) {
  const { tryRules } = (await import(`./decision-rules.ts?mutant=${name}`)) as { readonly tryRules: () => Promise<readonly string[]> }
  found[name] = await tryRules().catch((error: unknown) => [`ended: ${error instanceof Error ? error.message : String(error)}`])
}
console.log(JSON.stringify(found))
