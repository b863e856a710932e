import type { chances } from './chances.ts'

type Chance = ReturnType<typeof chances>

const numbers = [0, 1, -1, 2.5, 19.9, 7, 1e21, -1e-7, 12_345_678_901_234_567_000]
const limits = [...numbers, 2 ** 63, -0.5]
const texts = ['', 'a', 'ab', 'b-1', '🙂', '2024-12-31', '2024-12-31T23:59:59+02:00', 'a@localhost']
const names = ['a', 'b', 'ab', '__proto__', 'x-1']
const types = ['object', 'array', 'string', 'number', 'integer', ['null', 'string']]
const patterns = ['^a', 'b$', '^(?=a)', '^[a-z]*(-\\d)?$', '\\p{L}', 'a|b', '^(a+)+$']
const formats = ['date', 'date-time', 'email', 'uuid', '__proto__', 'unknown']

/** A JSON value, nested at most so deep. */
export function drawValue(chance: Chance, depth = 2): unknown {
  const kind = depth > 0 ? chance() : 0
  if (kind < 0.4) return chance.one<unknown>([null, true, false, ...numbers, ...texts])
  const drawMember = () => drawValue(chance, depth - 1)
  return kind < 0.6 ? drawList(chance, drawMember) : drawMembers(chance, drawMember)
}

/** A schema of any keywords, nested at most so deep. */
export function drawSchema(chance: Chance, depth = 2): unknown {
  if (depth === 0 || chance() < 0.1) return chance() < 0.8
  const drawPart = () => drawSchema(chance, depth - 1)
  const drawParts = () => [drawPart(), ...drawList(chance, drawPart)]
  const count = () => chance.integer(0, 3)
  const keywords: Readonly<Record<string, () => unknown>> = {
    type: () => chance.one(types),
    const: () => drawValue(chance, 0),
    enum: () => [drawValue(chance, 1), ...drawList(chance, () => drawValue(chance, 1))],
    minimum: () => chance.one(limits),
    maximum: () => chance.one(limits),
    exclusiveMaximum: () => chance.one(limits),
    multipleOf: () => chance.one([1, 0.1, 5]),
    minLength: count,
    maxLength: count,
    pattern: () => chance.one(patterns),
    format: () => chance.one(formats),
    properties: () => drawMembers(chance, drawPart),
    required: () => [...new Set(drawList(chance, () => chance.one(names)))],
    additionalProperties: drawPart,
    patternProperties: () => ({ '^x-': drawPart() }),
    propertyNames: drawPart,
    unevaluatedProperties: drawPart,
    dependentRequired: () => ({ a: ['b'] }),
    dependentSchemas: () => ({ a: drawPart() }),
    minProperties: count,
    maxProperties: count,
    items: drawPart,
    prefixItems: drawParts,
    contains: drawPart,
    uniqueItems: () => chance() < 0.5,
    minItems: count,
    maxItems: count,
    unevaluatedItems: drawPart,
    allOf: drawParts,
    anyOf: drawParts,
    oneOf: drawParts,
    not: drawPart,
    if: drawPart,
    then: drawPart,
    else: drawPart,
    $ref: () => chance.one(['#/$defs/one', '#two']),
    nullable: () => true,
  }
  const chosenKeywords = Array.from({ length: chance.integer(1, 4) }, () =>
    chance.one(Object.entries(keywords)),
  )
  return Object.fromEntries(chosenKeywords.map(([name, draw]) => [name, draw()]))
}

function drawList(chance: Chance, draw: () => unknown): readonly unknown[] {
  return Array.from({ length: chance.integer(0, 3) }, draw)
}

function drawMembers(chance: Chance, draw: () => unknown): object {
  return Object.fromEntries(drawList(chance, () => 0).map(() => [chance.one(names), draw()]))
}
