import type { Call } from '../../../src/driver/index.ts'
import { NanoError } from '../../../src/index.ts'

import { type Broken, leakSlots, neverClosed, replaceMembers } from './sabotage.ts'

export const lifetime: readonly Broken[] = [
  {
    fault: 'an abort that leaves the driver unusable',
    law: 'abort rejects',
    sabotage: (driver) => {
      let wasAborted = false
      return {
        ...driver,
        async *stream(request, call) {
          if (wasAborted) throw new NanoError('unavailable', 'aborted once')
          call.signal.addEventListener('abort', () => {
            wasAborted = true
          })
          yield* driver.stream(request, call)
        },
      }
    },
  },
  {
    fault: 'an abort with an error of its own, before the first part',
    law: 'an abort before',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        await new Promise((resolve) => setTimeout(resolve, 20))
        if (call.signal.aborted) throw new NanoError('unavailable', 'stopped')
        yield* driver.stream(request, call)
      },
    }),
  },
  { fault: 'a slot that is not given back', law: 'leaving a stream early', sabotage: leakSlots(2) },
  {
    fault: 'one of many slots that is not given back',
    law: 'leaving a stream early',
    sabotage: leakSlots(16),
  },
  {
    fault: 'a slot that an abort does not give back',
    law: 'an abort frees',
    sabotage: leakSlots(16),
  },
  {
    fault: 'an abort that only who reads on hears of',
    law: 'an abort frees',
    misuse: (model) => replaceMembers(model, { stream: (input) => model.stream(input) }),
  },
  {
    fault: 'a listener whose error is swallowed',
    law: 'a listener that throws',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        const onPrefill: Call['onPrefill'] = (progress) => {
          try {
            call.onPrefill?.(progress)
          } catch {}
        }
        yield* driver.stream(request, { ...call, onPrefill })
      },
    }),
  },
  {
    fault: 'a listener whose error is taken for one of the driver',
    law: 'a listener that throws',
    sabotage: (driver) => ({
      ...driver,
      async *stream(request, call) {
        try {
          yield* driver.stream(request, call)
        } catch (cause) {
          throw new NanoError('unavailable', 'broken', { cause })
        }
      },
    }),
  },
  {
    fault: 'a slot that a listener takes with it',
    law: 'a listener that throws',
    sabotage: leakSlots(16),
  },
  {
    fault: 'state that streams share',
    law: 'two streams at once',
    sabotage: (driver) => {
      const state = { seen: 0 }
      return {
        ...driver,
        async *stream(request, call) {
          state.seen = 0
          for await (const part of driver.stream(request, call))
            yield part.type === 'text' ? { ...part, text: `${part.text}${state.seen++}` } : part
        },
      }
    },
  },
  {
    fault: 'work although it was aborted',
    law: 'a call aborted before',
    misuse: (model) => replaceMembers(model, { stream: (input) => model.stream(input) }),
  },
  {
    fault: 'work before it looks at its signal',
    law: 'a call aborted before',
    misuse: (model) =>
      replaceMembers(model, {
        async *stream(input, { signal, onPrefill } = {}) {
          onPrefill?.({ processed: 1, total: 1 })
          yield* model.stream(input, signal && { signal })
        },
      }),
  },
  {
    fault: 'a token that is read after close',
    law: 'closing twice',
    misuse: (model) => replaceMembers(model, { detokenize: async () => 'a' }),
  },
  { fault: 'a reply after close', law: 'closing twice', misuse: neverClosed },
  { fault: 'a stream that goes on after close', law: 'closing ends', misuse: neverClosed },
]
