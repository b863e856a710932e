/** The body of a response that waits for `pause` milliseconds behind each of its pieces. */
export function slowBody(
  pause: number,
  pieces: readonly string[],
  signal?: AbortSignal | null,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  const piecesLeft = [...pieces]
  return new ReadableStream({
    start(controller) {
      signal?.addEventListener('abort', () => controller.error(signal.reason))
    },
    async pull(controller) {
      const piece = piecesLeft.shift()
      if (piece === undefined) return controller.close()
      controller.enqueue(encoder.encode(piece))
      await new Promise((resolve) => setTimeout(resolve, pause))
    },
  })
}
