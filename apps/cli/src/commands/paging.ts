import { InvalidArgumentError, Option } from 'commander'

/** `--limit`, 1 to 100. */
export function limitOption(): Option {
  return new Option('--limit <n>', 'most rows').default(50).argParser((text) => {
    const limit = Number(text)
    if (!Number.isInteger(limit) || limit < 1 || limit > 100) throw new InvalidArgumentError('A number from 1 to 100.')
    return limit
  })
}
