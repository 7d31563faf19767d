import type { Page, Response } from 'playwright-core'

/** Everything the server answers to questions about patients from now on, one text per operation. */
export function hospitalAnswers(page: Page): { texts(): Promise<readonly string[]> } {
  const pending: Promise<readonly string[]>[] = []
  page.on('response', (response) => { if (/\/trpc\/[^?]*hospital\./.test(response.url())) pending.push(answersOf(response)) })
  return { texts: async () => (await Promise.all(pending)).flat() }
}

async function answersOf(response: Response): Promise<readonly string[]> {
  const names = new URL(response.url()).pathname.split('/').at(-1)?.split(',') ?? []
  const text = await response.text().catch(() => '[]')
  const body = JSON.parse(text) as unknown
  const answers = Array.isArray(body) ? body : [body]
  return answers.filter((_, index) => (names[index] ?? '').startsWith('hospital.')).map((answer) => JSON.stringify(answer))
}
