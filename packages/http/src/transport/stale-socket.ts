import { markResent, markStale } from './send-count.ts'

const closedSocketCodes: readonly unknown[] = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

interface StaleSocketOptions {
  /** A socket of which undici says nothing may be reused. */
  readonly hasAnswered: boolean
  /** Otherwise the error is marked: a pool prefers to send the request to another server. */
  readonly mayResend: boolean
}

/**
 * Sends a request again, once, when undici reuses a socket that the server has closed. Servers
 * close idle sockets, some of them after five seconds, and a request may be on its way at that
 * moment. A server that is busy or paused closes the socket seconds after the request. On a new
 * socket the request itself may have felled the server, so it is not sent again; on an old one it
 * is sent twice at most. Browsers retry by themselves; Node does not retry a POST.
 */
export async function retryStaleSocket(
  send: () => Promise<Response>,
  { hasAnswered, mayResend }: StaleSocketOptions,
): Promise<Response> {
  try {
    return await send()
  } catch (error) {
    const { cause } = error as { readonly cause?: SocketError }
    if (!closedSocketCodes.includes(cause?.code) || !isReused(cause, hasAnswered)) throw error
    if (!mayResend) {
      markStale(error)
      throw error
    }
  }
  try {
    return await send()
  } catch (error) {
    markResent(error)
    throw error
  }
}

/** What undici says of the socket; only some errors have it. */
interface SocketError {
  readonly code?: unknown
  readonly socket?: { readonly bytesRead?: unknown }
}

function isReused(error: SocketError | undefined, hasAnswered: boolean): boolean {
  const bytesRead = error?.socket?.bytesRead
  return typeof bytesRead === 'number' ? bytesRead > 0 : hasAnswered
}
