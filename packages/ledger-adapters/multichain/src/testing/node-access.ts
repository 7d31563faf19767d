/** One node as the tests reach it. */
export interface NodeAccess {
  readonly url: string
  readonly user: string
  readonly password: string
}

/** One call of the node, for what the tests do beside the adapter. Throws the node's message. */
export async function callNode({ url, user, password }: NodeAccess, method: string, params: readonly unknown[] = []): Promise<unknown> {
  for (;;) {
    const response = await fetch(url, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}` },
      body: JSON.stringify({ id: 1, method, params }),
    })
    const body = await response.text()
    if (response.status === 503) continue
    const { result, error } = JSON.parse(body) as { result: unknown; error: { message: string } | null }
    if (error !== null) throw new Error(`${method}: ${error.message}`)
    return result
  }
}
