import type { Part } from '../part.ts'
import { logprobCarrier } from '../text/logprob-carrier.ts'
import { stopStrings } from '../text/stop-strings.ts'

/**
 * Ends a stream of parts before the first stop string in its text; reasoning is not matched, and a
 * stop string does not reach across it. `finish` makes the last part of a reply that was stopped.
 * Leaving `parts` frees what is behind it.
 */
export function stopAt<Parts extends AsyncIterable<Part>>(
  parts: Parts,
  stops: readonly string[],
  finish: () => Part,
): Parts | AsyncGenerator<Part> {
  // One more generator would cost each part as much as all the rest.
  return stops.length === 0 ? parts : stopped(parts, stops, finish)
}

async function* stopped(
  parts: AsyncIterable<Part>,
  stops: readonly string[],
  finish: () => Part,
): AsyncGenerator<Part> {
  const stopper = stopStrings(stops)
  const carried = logprobCarrier()
  for await (const part of parts) {
    if (part.type === 'text') {
      const { text, stopped: over } = stopper.push(part.text)
      carried.push(part.logprobs)
      if (text)
        yield over ? carried.ontoCut({ type: 'text', text }) : carried.onto({ type: 'text', text })
      if (over) return yield finish()
      continue
    }
    const text = stopper.end()
    if (text) yield carried.onto({ type: 'text', text })
    yield part
  }
}
