// Middleware of your own: keeps addresses and numbers of customers from the model and its logs.
import { type Middleware, Model } from '@nano/core'
import { rewriteRequest } from '@nano/core/driver'
import { scripted } from '@nano/core/testing'

/** Puts `[NAME]` in place of all that the pattern NAME finds, in messages, calls and results. */
function redact(patterns: Readonly<Record<string, RegExp>>): Middleware {
  const redactText = (text: string): string =>
    Object.entries(patterns).reduce(
      (redacted, [name, pattern]) => redacted.replaceAll(pattern, `[${name}]`),
      text,
    )
  const redactValue = <Value>(value: Value): Value =>
    JSON.parse(
      JSON.stringify(value, (_key, part: unknown) =>
        typeof part === 'string' ? redactText(part) : part,
      ),
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
const patterns = { EMAIL: /[\w.+-]+@[\w-]+(\.[\w-]+)+/g, CARD: /\b(?:\d[ -]?){13,19}\b/g }
const model = new Model(echo, redact(patterns))
const { text } = await model.generate('Refund ada@example.org, card 4111 1111 1111 1111.')
console.log(text)
console.log(model.name)
await model.close()
