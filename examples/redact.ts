// Middleware of your own: keeps addresses and numbers of customers from the model.
import { type Middleware, Model } from '@nano/core'
import { rewriteRequest } from '@nano/core/driver'
import { scripted } from '@nano/core/testing'

/**
 * Puts `[NAME]` in place of all that the pattern NAME finds in messages, and in the values of calls
 * and results. Patterns have the flag `g`.
 */
function redact(patterns: Readonly<Record<string, RegExp>>): Middleware {
  const redactText = (text: string): string =>
    Object.entries(patterns).reduce(
      (redacted, [name, pattern]) => redacted.replaceAll(pattern, `[${name}]`),
      text,
    )
  const redactValue = <Value>(value: Value): Value =>
    JSON.parse(
      JSON.stringify(value, (_key, part: unknown) => {
        if (typeof part === 'string') return redactText(part)
        if (typeof part !== 'number') return part
        const text = redactText(`${part}`)
        return text === `${part}` ? part : text
      }),
    ) as Value

  return (inner) =>
    // stream, countTokens and render see the same request.
    rewriteRequest(inner, 'redact', {
      rewrite: ({ messages, prompt, ...request }) => ({
        ...request,
        messages: redactValue(messages),
        ...(prompt !== undefined && { prompt: redactText(prompt) }),
      }),
    })
}

/** Stands for a model: it repeats what it was given. */
const echo = scripted({
  thought: () => [],
  reply: ({ messages }) => [String(messages[0]?.role === 'user' && messages[0].content)],
})
const patterns = { EMAIL: /[\w.+-]+@[\w-]+(\.[\w-]+)+/g, CARD: /\b\d(?:[ -]?\d){12,18}\b/g }
const model = new Model(echo, redact(patterns))
const { text } = await model.generate('Refund ada@example.org, card 4111 1111 1111 1111.')
console.log(text)
console.log(model.name)
await model.close()
