/**
 * Milliseconds. A request on a stale socket fails faster than this; one that fails later had
 * reached the server.
 */
const maxFailureTime = 1_000
/** A server may have closed several sockets together. */
const maxAttempts = 3
const closedSocketCodes: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

/**
 * Retries a request when undici reuses a socket that the server has closed. Servers close idle
 * sockets, some of them after five seconds, and a request may be on its way at that moment.
 * Browsers retry by themselves; Node does not retry a POST.
 */
export async function retryStaleSocket(send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const startedAt = performance.now()
    try {
      return await send()
    } catch (error) {
      const { cause } = error as { readonly cause?: { readonly code?: unknown } }
      const isStaleSocket =
        closedSocketCodes.includes(cause?.code) && performance.now() - startedAt <= maxFailureTime
      if (attempt === maxAttempts || !isStaleSocket) throw error
    }
  }
}
