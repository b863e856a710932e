import type { ChatFormat, Prompt } from '../../src/index.ts'
import type { Engine } from '../../src/engine/index.ts'
import { nemotron } from '../../src/formats/nemotron.ts'
import { scripts } from './scripts.ts'

export interface Parrot {
  /** What it says after a prompt, given as text. */
  readonly says: (prompt: string) => string
  readonly log?: string[]
  readonly contextLength?: number
  /** Control tokens that it says, each in one token; in the text only where that is asked for. */
  readonly controls?: readonly string[]
}

const eot = 0x11_0000

/**
 * An engine without weights: a token is a character, and control tokens come after all characters.
 */
export function parrot({
  says,
  log = [],
  contextLength = 4_000,
  controls: singleTokens = [],
}: Parrot): Engine {
  const controls: string[] = ['<|eot_id|>']
  const idOf = (control: string) => {
    if (!controls.includes(control)) controls.push(control)
    return eot + controls.indexOf(control)
  }
  const textOf = (token: number) =>
    token >= eot ? controls[token - eot]! : String.fromCodePoint(token)
  const characters = (text: string) => [...text].map((character) => character.codePointAt(0)!)
  const tokenize = (prompt: Prompt) =>
    prompt.flatMap((segment) =>
      'control' in segment ? [idOf(segment.control)] : characters(segment.text),
    )

  function encodeReply(text: string): number[] {
    const control = singleTokens.find((control) => text.startsWith(control))
    if (!text) return []
    return control
      ? [idOf(control), ...encodeReply(text.slice(control.length))]
      : [
          text.codePointAt(0)!,
          ...encodeReply(text.slice(String.fromCodePoint(text.codePointAt(0)!).length)),
        ]
  }

  return {
    name: 'parrot',
    info: { model: 'parrot', contextLength },
    sampling: ['temperature', 'topP'],
    vocabularySize: eot + 64,
    async *complete(prompt, { maxTokens, signal, sampling, shownControlTokens = [] }) {
      log.push(JSON.stringify(sampling))
      const sequence = [...prompt]
      let remainingTokens = maxTokens
      try {
        yield { text: '', tokens: [], prefill: { cachedInput: 0, waiting: 0, prompt: 1 } }
        for (let replyTokens = encodeReply(says(sequence.map(textOf).join(''))); ;) {
          await Promise.resolve()
          signal.throwIfAborted()
          const token = replyTokens.shift()
          if (token === undefined) break
          sequence.push(token)
          const end = --remainingTokens === 0 ? ({ finishReason: 'length' } as const) : {}
          const steering = yield {
            text: token >= eot && !shownControlTokens.includes(textOf(token)) ? '' : textOf(token),
            tokens: [token],
            ...end,
          }
          if (remainingTokens === 0) return
          if (!steering) continue
          log.push('steered')
          sequence.splice(-1, 1, ...steering.replacement)
          remainingTokens = steering.maxTokens
          replyTokens = encodeReply(says(sequence.map(textOf).join('')))
        }
        yield { text: '', tokens: [eot], finishReason: 'stop' }
      } finally {
        log.push('slot freed')
      }
    },
    tokenize: async (prompt) => tokenize(prompt),
    detokenize: async (tokens) => tokens.map(textOf).join(''),
    close: async () => void log.push('closed'),
  }
}

/** A parrot of a reasoning model that goes on wherever its reply was cut. */
export function thinker({
  format = nemotron,
  ...options
}: Omit<Parrot, 'says'> & { readonly format?: ChatFormat } = {}): Engine {
  const { readTurn, answer, thoughtfulReply, plainReply, thinks } =
    scripts[format.name] ?? scripts.nemotron!
  return parrot({
    ...options,
    controls: format.controlTokens ?? [],
    says(prompt) {
      const replyStart = readTurn(prompt)
      const wholeReply = thinks(prompt, replyStart) ? thoughtfulReply : plainReply
      if (wholeReply.startsWith(replyStart)) return wholeReply.slice(replyStart.length)
      const close = format.reasoning?.close ?? '</think>'
      const answerStart = replyStart.includes(close)
        ? replyStart.slice(replyStart.lastIndexOf(close) + close.length).trimStart()
        : replyStart
      return answer.startsWith(answerStart) ? answer.slice(answerStart.length) : ' and so on.'
    },
  })
}
