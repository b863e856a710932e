/**
 * Milliseconds in which a connection that the server has closed before shows it. What takes longer,
 * a server was at work on.
 */
const soon = 1_000
/** Several connections may have been closed together. */
const attempts = 3
const closed: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

/**
 * Sends a request, and sends it again where the connection it went to turns out to be closed.
 * Servers close connections they kept alive, some after five seconds, and a request may be on its
 * way just then. Browsers do this by themselves; Node does not, for a POST.
 */
export async function overLiveConnection(send: () => Promise<Response>): Promise<Response> {
  for (let attempt = 1; ; attempt++) {
    const begun = performance.now()
    try {
      return await send()
    } catch (error) {
      const { cause } = error as { readonly cause?: { readonly code?: unknown } }
      if (attempt === attempts || !closed.includes(cause?.code) || performance.now() - begun > soon)
        throw error
    }
  }
}
