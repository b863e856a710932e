import { NanoError } from '../error.ts'
import {
  requestFor,
  describeResult,
  assertHolds,
  assertErrorCode,
  type Law,
  longQuestion,
  describeOutcome,
  collectParts,
  question,
  errorOf,
} from './law.ts'

const usableWithin = 60_000
/** More than any driver has slots. */
const moreThanSlots = 64

export const lifetime: readonly Law[] = [
  {
    law: 'abort rejects with the signal reason, and the model stays usable',
    async check(model) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const error = await errorOf(
        (async () => {
          for await (const _ of model.stream(requestFor(model, longQuestion), {
            signal: abort.signal,
          }))
            abort.abort(reason)
        })(),
      )
      assertHolds(error === reason, `rejected with ${describeResult(error)}`)
      await collectParts(model, requestFor(model, question), {
        signal: AbortSignal.timeout(usableWithin),
      })
    },
  },
  {
    law: 'a call aborted before it starts does no work',
    async check(model) {
      const reason = new Error('never mind')
      let hasWorked = false
      const thrown = await errorOf(
        collectParts(model, requestFor(model, longQuestion), {
          signal: AbortSignal.abort(reason),
          onPrefill: () => {
            hasWorked = true
          },
        }),
      )
      assertHolds(thrown === reason, `rejected with ${describeResult(thrown)}`)
      assertHolds(!hasWorked, 'it read the prompt')
    },
  },
  {
    law: 'an abort before the first part ends the call',
    async check(model) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const outcome = errorOf(
        collectParts(model, requestFor(model, longQuestion.repeat(8)), { signal: abort.signal }),
      )
      setTimeout(() => abort.abort(reason), 0)
      const error = await outcome
      assertHolds(error === undefined || error === reason, `rejected with ${describeResult(error)}`)
      await collectParts(model, requestFor(model, question), {
        signal: AbortSignal.timeout(usableWithin),
      })
    },
  },
  {
    law: 'leaving a stream early frees its slot',
    async check(model) {
      for (let call = 0; call < moreThanSlots; call++) {
        for await (const _ of model.stream(requestFor(model, longQuestion, { maxTokens: 4 }), {
          signal: AbortSignal.timeout(usableWithin),
        }))
          break
      }
      await collectParts(model, requestFor(model, question), {
        signal: AbortSignal.timeout(usableWithin),
      })
    },
  },
  {
    law: 'an abort frees the slot of a stream that nobody reads or closes',
    async check(model) {
      const reason = new Error('enough')
      for (let call = 0; call < moreThanSlots; call++) {
        const abort = new AbortController()
        const stream = model.stream(requestFor(model, longQuestion), { signal: abort.signal })
        const { value: first } = await stream.next()
        abort.abort(reason)
        await collectParts(model, requestFor(model, question, { maxTokens: 1 }), {
          signal: AbortSignal.timeout(usableWithin),
        })
        const error = await errorOf(stream.next())
        assertHolds(
          error === reason || first?.type === 'finish',
          `the next part was asked for, and it ended with ${describeResult(error)}`,
        )
      }
    },
  },
  {
    law: 'a listener that throws ends its call with its error, and the slot is freed',
    async check(model) {
      const fault = new RangeError('not listening')
      for (let call = 0; call < moreThanSlots; call++) {
        let wasCalled = false
        const onPrefill = () => {
          wasCalled = true
          throw fault
        }
        const error = await errorOf(
          collectParts(model, requestFor(model, question, { maxTokens: 4 }), {
            signal: AbortSignal.timeout(usableWithin),
            onPrefill,
          }),
        )
        assertHolds(
          error === (wasCalled ? fault : undefined),
          `ended with ${describeResult(error)}`,
        )
        if (!wasCalled) return 'the driver does not report the reading of the prompt'
      }
      await collectParts(model, requestFor(model, question), {
        signal: AbortSignal.timeout(usableWithin),
      })
    },
  },
  {
    law: 'two streams at once do not mix',
    async check(model) {
      const requests = [
        requestFor(model, question),
        requestFor(model, longQuestion),
        requestFor(model, question),
      ]
      const separateReplies: string[] = []
      for (const request of requests)
        separateReplies.push(describeOutcome(await model.generate(request)))
      const parallelReplies = await Promise.all(requests.map((request) => model.generate(request)))
      for (const [index, result] of parallelReplies.entries())
        assertHolds(
          describeOutcome(result) === separateReplies[index],
          `${describeOutcome(result)} is not ${separateReplies[index]}`,
        )
    },
  },
  {
    law: 'closing twice is allowed, and later calls throw closed, even for a repeated request',
    closesModel: true,
    async check(model) {
      await collectParts(model, requestFor(model, question))
      await model.close()
      await model[Symbol.asyncDispose]()
      assertErrorCode(
        await errorOf(collectParts(model, requestFor(model, question))),
        'closed',
        'stream',
      )
      assertErrorCode(
        await errorOf(model.generate(requestFor(model, question))),
        'closed',
        'generate',
      )
      assertErrorCode(await errorOf(model.tokenize('a')), 'closed', 'tokenize')
      assertErrorCode(await errorOf(model.detokenize([1])), 'closed', 'detokenize')
      assertErrorCode(
        await errorOf(model.countTokens(requestFor(model, question))),
        'closed',
        'countTokens',
      )
      assertErrorCode(await errorOf(model.render(requestFor(model, question))), 'closed', 'render')
    },
  },
  {
    law: 'closing ends open streams with the error closed',
    closesModel: true,
    async check(model) {
      let closePromise: Promise<void> | undefined
      const error = await errorOf(
        (async () => {
          for await (const part of model.stream(requestFor(model, longQuestion)))
            if (part.type !== 'finish') closePromise ??= model.close()
        })(),
      )
      await closePromise
      if (closePromise)
        assertHolds(
          NanoError.is(error) && error.code === 'closed',
          `ended with ${describeResult(error)}`,
        )
    },
  },
]
