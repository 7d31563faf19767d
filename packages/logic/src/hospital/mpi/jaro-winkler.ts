/**
 * Jaro-Winkler similarity of two texts, 0 to 1, with a scaling of 0.1 for at most four letters at the beginning that are the same. Two empty
 * texts are 1. Source: Winkler 1990, "String Comparator Metrics and Enhanced Decision Rules in the Fellegi-Sunter Model of Record Linkage".
 */
export function jaroWinkler(one: string, other: string): number {
  const jaro = jaroOf([...one], [...other])
  let prefix = 0
  while (prefix < 4 && prefix < one.length && one[prefix] === other[prefix]) prefix++
  return jaro + prefix * 0.1 * (1 - jaro)
}

function jaroOf(one: readonly string[], other: readonly string[]): number {
  if (one.length === 0 && other.length === 0) return 1
  const reach = Math.max(0, Math.floor(Math.max(one.length, other.length) / 2) - 1)
  const taken = new Set<number>()
  const matchedOne = one.filter((letter, place) => {
    for (let at = Math.max(0, place - reach); at <= Math.min(other.length - 1, place + reach); at++) {
      if (!taken.has(at) && other[at] === letter) return taken.add(at)
    }
    return false
  })
  const matches = matchedOne.length
  if (matches === 0) return 0
  const matchedOther = other.filter((_, place) => taken.has(place))
  const moved = matchedOne.filter((letter, place) => letter !== matchedOther[place]).length / 2
  return (matches / one.length + matches / other.length + (matches - moved) / matches) / 3
}
