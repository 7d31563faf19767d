/**
 * Texts of links made in this window, so that the code can be shown again in a waiting room. They are keys: this window forgets them when it
 * is closed, and nobody else has them.
 */
const place = (key: string): string => `careledger.links.${key}`

export function keepLink(person: string, link: string, text: string): void {
  try {
    sessionStorage.setItem(place(person), JSON.stringify({ ...keptLinks(person), [link]: text }))
  } catch {
    // A browser that keeps nothing shows the code once.
  }
}

export function forgetLink(person: string, link: string): void {
  try {
    const { [link]: _gone, ...rest } = keptLinks(person)
    sessionStorage.setItem(place(person), JSON.stringify(rest))
  } catch {
    // It kept nothing.
  }
}

export function keptLinks(person: string): Readonly<Record<string, string>> {
  try {
    return JSON.parse(sessionStorage.getItem(place(person)) ?? '{}') as Record<string, string>
  } catch {
    return {}
  }
}
