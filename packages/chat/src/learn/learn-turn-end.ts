import { probeQuestion, probeWords, type RenderProbe, tryRender } from './template-probe.ts'

interface TurnEndOptions {
  readonly controlTokens: readonly string[]
  /** What ends an answer within its turn. */
  readonly answerClose?: string | undefined
}

/**
 * Learns the control token that ends a turn: the first behind a past reply, before the next
 * question. Where a template writes none behind the reply, the one that begins the question ends
 * the turn.
 */
export function learnTurnEnd(
  render: RenderProbe,
  { controlTokens, answerClose = '' }: TurnEndOptions,
): string | undefined {
  const { answer, question } = probeWords
  const renderedText = tryRender(render, [
    probeQuestion,
    { role: 'assistant', content: answer },
    probeQuestion,
  ])
  const at = renderedText?.lastIndexOf(answer) ?? -1
  if (renderedText === undefined || at < 0) return undefined
  const textAfterAnswer = renderedText.slice(at + answer.length, renderedText.lastIndexOf(question))
  const [first] = controlTokens
    .filter((token) => token !== '' && token !== answerClose)
    .map((token) => ({ token, at: textAfterAnswer.indexOf(token) }))
    .filter((place) => place.at >= 0)
    .sort((a, b) => a.at - b.at || b.token.length - a.token.length)
  return first?.token
}
