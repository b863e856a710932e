import type { FinishPart, Part } from '../part.ts'
import { logprobCarrier } from '../text/logprob-carrier.ts'
import { stopStrings } from '../text/stop-strings.ts'

/** The finish of a reply of which nothing was counted. */
export const unknownFinish: FinishPart = {
  type: 'finish',
  finishReason: 'stop',
  usage: {},
  timings: {},
}

/**
 * Ends a stream of parts before the first stop string in its text. Reasoning is not matched, and a
 * stop string does not reach across it. `finish` makes the last part of a stopped reply; by default
 * it counts nothing. Leaving `parts` frees what is behind it.
 */
export function stopAt<Parts extends AsyncIterable<Part>>(
  parts: Parts,
  stops: readonly string[],
  finish: () => Part = () => unknownFinish,
): Parts | AsyncGenerator<Part> {
  // Without stop strings a second generator would double the cost of each part.
  return stops.length === 0 ? parts : stopParts(parts, stops, finish)
}

async function* stopParts(
  parts: AsyncIterable<Part>,
  stops: readonly string[],
  finish: () => Part,
): AsyncGenerator<Part> {
  const stopper = stopStrings(stops)
  const logprobs = logprobCarrier()
  for await (const part of parts) {
    if (part.type === 'text') {
      const { text, stopped } = stopper.push(part.text)
      logprobs.push(part.logprobs)
      const shownPart: Part = { type: 'text', text }
      if (text) yield stopped ? logprobs.attachToCut(shownPart) : logprobs.attachTo(shownPart)
      if (stopped) return yield finish()
      continue
    }
    const text = stopper.end()
    if (text) yield logprobs.attachTo({ type: 'text', text })
    yield part
  }
}
