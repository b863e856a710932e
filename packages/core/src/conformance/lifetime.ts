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
      const thrown = await errorOf(
        (async () => {
          for await (const _ of model.stream(requestFor(model, longQuestion), {
            signal: abort.signal,
          }))
            abort.abort(reason)
        })(),
      )
      assertHolds(thrown === reason, `rejected with ${describeResult(thrown)}`)
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
    law: 'abort ends a call that has not said anything yet',
    async check(model) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const thrown = errorOf(
        collectParts(model, requestFor(model, longQuestion.repeat(8)), { signal: abort.signal }),
      )
      setTimeout(() => abort.abort(reason), 0)
      const error = await thrown
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
    law: 'a reader who went away without leaving loses the slot at an abort',
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
        const thrown = await errorOf(stream.next())
        assertHolds(
          thrown === reason || first?.type === 'finish',
          `the next part was asked for, and it ended with ${describeResult(thrown)}`,
        )
      }
    },
  },
  {
    law: 'a listener that throws ends its call with what it threw, and the slot comes back',
    async check(model) {
      const fault = new RangeError('not listening')
      for (let call = 0; call < moreThanSlots; call++) {
        let wasCalled = false
        const onPrefill = () => {
          wasCalled = true
          throw fault
        }
        const thrown = await errorOf(
          collectParts(model, requestFor(model, question, { maxTokens: 4 }), {
            signal: AbortSignal.timeout(usableWithin),
            onPrefill,
          }),
        )
        assertHolds(
          thrown === (wasCalled ? fault : undefined),
          `ended with ${describeResult(thrown)}`,
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
    law: 'closing is idempotent, and later calls throw closed, even ones served before',
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
    law: 'closing ends the streams still open with closed',
    closesModel: true,
    async check(model) {
      let closing: Promise<void> | undefined
      const thrown = await errorOf(
        (async () => {
          for await (const part of model.stream(requestFor(model, longQuestion)))
            if (part.type !== 'finish') closing ??= model.close()
        })(),
      )
      await closing
      if (closing)
        assertHolds(
          NanoError.is(thrown) && thrown.code === 'closed',
          `ended with ${describeResult(thrown)}`,
        )
    },
  },
]
