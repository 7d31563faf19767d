/**
 * A plain `fetch` that tells how many bytes of a Blob body have been sent. Browsers tell it of XMLHttpRequest only (and stream other bodies
 * over HTTP/2 only); elsewhere the body is a stream that counts what is taken from it.
 */
export function reportingFetch(onSent: (bytes: number) => void): typeof globalThis.fetch {
  return (input, init = {}) => {
    const { body } = init
    if (!(body instanceof Blob)) return globalThis.fetch(input, init)
    return 'XMLHttpRequest' in globalThis ? byRequest(String(input), init, body, onSent) : byStream(String(input), init, body, onSent)
  }
}

function byStream(url: string, init: RequestInit, file: Blob, onSent: (bytes: number) => void): Promise<Response> {
  let at = 0
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const piece = new Uint8Array(await file.slice(at, at + SENT_BYTES).arrayBuffer())
      at += piece.length
      if (piece.length > 0) controller.enqueue(piece)
      onSent(at)
      if (at >= file.size) controller.close()
    },
  })
  // Without these two, fetch clones the body for a redirect that might come (Fetch, "HTTP-network-or-cache fetch", step 8.1), and Node keeps
  // all of it in memory. `duplex` is not in the types of browsers, which never take this way.
  return globalThis.fetch(url, { ...init, body, duplex: 'half', window: null, redirect: 'error' } as RequestInit)
}

/** Read from the Blob and handed to the socket at once. */
const SENT_BYTES = 262_144

function byRequest(url: string, init: RequestInit, file: Blob, onSent: (bytes: number) => void): Promise<Response> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open(init.method ?? 'GET', url)
    new Headers(init.headers).forEach((value, name) => request.setRequestHeader(name, value))
    request.upload.onprogress = ({ loaded }) => onSent(loaded)
    const abort = (): void => request.abort()
    init.signal?.addEventListener('abort', abort)
    const settle = (work: () => void) => () => {
      init.signal?.removeEventListener('abort', abort)
      work()
    }
    request.onload = settle(() => resolve(new Response(request.responseText, { status: request.status, headers: { 'content-type': request.getResponseHeader('content-type') ?? 'application/json' } })))
    request.onerror = settle(() => reject(new TypeError('The server cannot be reached.')))
    request.onabort = settle(() => reject(init.signal?.reason as Error))
    request.send(file)
  })
}
