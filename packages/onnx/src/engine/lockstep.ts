import { NanoError } from '@nano/core'
import type { Next } from '../decode/decoder.ts'
import type { Sampled } from '../decode/sample-token.ts'
import type { RemoteSession } from '../worker/remote-session.ts'

interface Waiting {
  readonly asked: Next
  readonly resolve: (sampled: Sampled) => void
  readonly reject: (error: unknown) => void
}

/**
 * Samples the next token of a sequence, together with whoever else wants one. A step begins a turn
 * of the event loop after the one before it ended: who reads at once is back by then, and nobody
 * waits for a slow reader, who joins again at the step after.
 */
export function lockstep(session: Pick<RemoteSession, 'call'>): (asked: Next) => Promise<Sampled> {
  let waiting: Waiting[] = []
  let running = false

  function look(): void {
    if (running || waiting.length === 0) return
    running = true
    setImmediate(async () => {
      const step = waiting
      waiting = []
      try {
        const answers = await session.call(
          'next',
          step.map(({ asked }) => asked),
        )
        for (const [index, { resolve, reject }] of step.entries()) {
          const answer = answers[index]
          if (answer && 'token' in answer) resolve(answer)
          else
            reject(
              new NanoError(
                answer?.error.code ?? 'internal',
                answer?.error.message ?? 'onnx: a step left a sequence out',
              ),
            )
        }
      } catch (error) {
        for (const { reject } of step) reject(error)
      }
      running = false
      look()
    })
  }

  return (asked) =>
    new Promise((resolve, reject) => {
      waiting.push({ asked, resolve, reject })
      look()
    })
}
