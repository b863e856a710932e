import type { CallBody, ParametersBody, PythonBody } from '../tool-calls/call-description.ts'

/** Renders a turn with one call; undefined where the template refuses it. */
type RenderCall = (input: object) => string | undefined

/** Learns how values other than plain texts are written. */
export function learnValues(body: CallBody, renderCall: RenderCall): CallBody {
  if (body.type === 'parameters') return learnParameterValues(body, renderCall)
  return body.type === 'python' ? learnRawQuote(body, renderCall) : body
}

/** Some syntaxes mark values that are no text, and some write the words of Python. */
function learnParameterValues(body: ParametersBody, renderCall: RenderCall): ParametersBody {
  const { open } = body.parameter
  const renderedCall = renderCall({ zqcount: 777 })
  const keyAt = renderedCall?.lastIndexOf(`${open}zqcount`) ?? -1
  const valueAt = renderedCall?.indexOf('777', keyAt) ?? -1
  if (!renderedCall || keyAt < 0 || valueAt < 0) return body
  const beforeValue = renderedCall.slice(keyAt + open.length + 'zqcount'.length, valueAt)
  const hasPythonWords = renderCall({ zqflag: true })?.includes(`zqflag${beforeValue}True`)
  return {
    ...body,
    parameter: { ...body.parameter, beforeValue, ...(hasPythonWords && { hasPythonWords }) },
  }
}

/** Some templates write a text as it is between quotes, whatever it holds. */
function learnRawQuote(body: PythonBody, renderCall: RenderCall): PythonBody {
  const rawText = `zq"zq'zq\\zq`
  const [before = '', ...after] = renderCall({ zqraw: rawText })?.split(rawText) ?? []
  const rawQuote = /zqraw=(["'])$/.exec(before)?.[1]
  return after.length === 0 || rawQuote === undefined ? body : { ...body, rawQuote }
}
