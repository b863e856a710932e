import type { Chances } from './chances.ts'

const names = ['a', 'b', 'c', 'd', 'p1', 'p2']
const number = { type: 'number' }
const text = { type: 'string' }
const valueSchemas = [number, text, { const: true }, {}, false]
const values = [1, 'x', true]

/** An object or a list whose members hold no others. */
export function drawFlatValue(chance: Chances): object {
  const members = names.filter(() => chance() < 0.4).map((name) => [name, chance.one(values)])
  return chance() < 0.7 ? Object.fromEntries(members) : members.map(([, value]) => value)
}

/** A schema that names members of objects and lists, through other schemas nested so deep. */
export function drawMemberSchema(chance: Chances, depth = 3): Readonly<Record<string, unknown>> {
  const drawValueSchema = () => chance.one<unknown>(valueSchemas)
  const drawOther = () => chance.one<unknown>([true, false, text])
  const drawPart = () => drawMemberSchema(chance, depth - 1)
  const drawParts = () => Array.from({ length: chance.one([1, 2, 3, 12]) }, drawPart)
  const drawNames = () => names.filter(() => chance() < 0.3)
  const drawMap = (draw: () => unknown) =>
    Object.fromEntries(drawNames().map((name) => [name, draw()]))
  const plainKeywords = {
    properties: () => drawMap(drawValueSchema),
    required: drawNames,
    type: () => chance.one(['object', ['object', 'array'], 'array']),
    minProperties: () => chance.integer(0, 4),
    maxProperties: () => chance.integer(2, 4),
    patternProperties: () => ({ '^p': drawValueSchema() }),
    additionalProperties: drawOther,
    unevaluatedProperties: drawOther,
    dependentRequired: () => drawMap(drawNames),
    prefixItems: () => [drawValueSchema(), ...(chance() < 0.5 ? [drawValueSchema()] : [])],
    contains: drawValueSchema,
    minItems: () => chance.integer(0, 3),
    unevaluatedItems: drawOther,
  }
  const combiningKeywords = {
    allOf: drawParts,
    anyOf: drawParts,
    oneOf: drawParts,
    if: drawPart,
    then: drawPart,
    else: drawPart,
    dependentSchemas: () => drawMap(drawPart),
  }
  const draws = Object.entries<() => unknown>({
    ...plainKeywords,
    ...(depth > 0 && combiningKeywords),
  })
  const chosen = Array.from({ length: chance.integer(1, 3) }, () => chance.one(draws))
  return Object.fromEntries(chosen.map(([keyword, draw]) => [keyword, draw()]))
}
