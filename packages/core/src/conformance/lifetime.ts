import { NanoError } from '../error.ts'
import {
  ask,
  describe,
  hold,
  holdCode,
  type Law,
  long,
  outcome,
  parts,
  question,
  thrownBy,
} from './law.ts'

const patience = 60_000
/** More than any driver has slots. */
const many = 64

export const lifetime: readonly Law[] = [
  {
    law: 'abort rejects with the signal reason, and the model stays usable',
    async check(model) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const thrown = await thrownBy(
        (async () => {
          for await (const _ of model.stream(ask(long), { signal: abort.signal }))
            abort.abort(reason)
        })(),
      )
      hold(thrown === reason, `rejected with ${describe(thrown)}`)
      await parts(model, ask(question), { signal: AbortSignal.timeout(patience) })
    },
  },
  {
    law: 'a call aborted before it starts does no work',
    async check(model) {
      const reason = new Error('never mind')
      let worked = false
      const thrown = await thrownBy(
        parts(model, ask(long), {
          signal: AbortSignal.abort(reason),
          onPrefill: () => {
            worked = true
          },
        }),
      )
      hold(thrown === reason, `rejected with ${describe(thrown)}`)
      hold(!worked, 'it read the prompt')
    },
  },
  {
    law: 'abort ends a call that has not said anything yet',
    async check(model) {
      const abort = new AbortController()
      const reason = new Error('enough')
      const thrown = thrownBy(parts(model, ask(long.repeat(8)), { signal: abort.signal }))
      setTimeout(() => abort.abort(reason), 0)
      const error = await thrown
      hold(error === undefined || error === reason, `rejected with ${describe(error)}`)
      await parts(model, ask(question), { signal: AbortSignal.timeout(patience) })
    },
  },
  {
    law: 'leaving a stream early frees its slot',
    async check(model) {
      for (let left = 0; left < many; left++) {
        for await (const _ of model.stream(ask(long, { maxTokens: 4 }), {
          signal: AbortSignal.timeout(patience),
        }))
          break
      }
      await parts(model, ask(question), { signal: AbortSignal.timeout(patience) })
    },
  },
  {
    law: 'a reader who went away without leaving loses the slot at an abort',
    async check(model) {
      const reason = new Error('enough')
      for (let forgotten = 0; forgotten < many; forgotten++) {
        const abort = new AbortController()
        const stream = model.stream(ask(long), { signal: abort.signal })
        const { value: first } = await stream.next()
        abort.abort(reason)
        await parts(model, ask(question, { maxTokens: 1 }), {
          signal: AbortSignal.timeout(patience),
        })
        const thrown = await thrownBy(stream.next())
        hold(
          thrown === reason || first?.type === 'finish',
          `the next part was asked for, and it ended with ${describe(thrown)}`,
        )
      }
    },
  },
  {
    law: 'a listener that throws ends its call with what it threw, and the slot comes back',
    async check(model) {
      const fault = new RangeError('not listening')
      for (let deaf = 0; deaf < many; deaf++) {
        let told = false
        const onPrefill = () => {
          told = true
          throw fault
        }
        const thrown = await thrownBy(
          parts(model, ask(question, { maxTokens: 4 }), {
            signal: AbortSignal.timeout(patience),
            onPrefill,
          }),
        )
        hold(thrown === (told ? fault : undefined), `ended with ${describe(thrown)}`)
        if (!told) return
      }
      await parts(model, ask(question), { signal: AbortSignal.timeout(patience) })
    },
  },
  {
    law: 'two streams at once do not mix',
    async check(model) {
      const requests = [ask(question), ask(long), ask(question)]
      const alone: string[] = []
      for (const request of requests) alone.push(outcome(await model.generate(request)))
      const together = await Promise.all(requests.map((request) => model.generate(request)))
      for (const [index, result] of together.entries())
        hold(outcome(result) === alone[index], `${outcome(result)} is not ${alone[index]}`)
    },
  },
  {
    law: 'closing is idempotent, and later calls throw closed, even ones served before',
    async check(model) {
      await parts(model, ask(question))
      await model.close()
      await model[Symbol.asyncDispose]()
      holdCode(await thrownBy(parts(model, ask(question))), 'closed', 'stream')
      holdCode(await thrownBy(model.generate(ask(question))), 'closed', 'generate')
      holdCode(await thrownBy(model.tokenize('a')), 'closed', 'tokenize')
      holdCode(await thrownBy(model.detokenize([1])), 'closed', 'detokenize')
      holdCode(await thrownBy(model.countTokens(ask(question))), 'closed', 'countTokens')
      holdCode(await thrownBy(model.render(ask(question))), 'closed', 'render')
    },
  },
  {
    law: 'closing ends the streams still open with closed',
    async check(model) {
      let closing: Promise<void> | undefined
      const thrown = await thrownBy(
        (async () => {
          for await (const part of model.stream(ask(long)))
            if (part.type !== 'finish') closing ??= model.close()
        })(),
      )
      await closing
      if (closing)
        hold(NanoError.is(thrown) && thrown.code === 'closed', `ended with ${describe(thrown)}`)
    },
  },
]
