"""Samples of the later stages' skills: (system text, messages, thought, answer) of each."""

import random
from dataclasses import dataclass

import tool_questions
import tools
from elsewhere import TEMPLATES, UNSEEN
from follow_ups import follow_up
from impossible import impossible
from json_answers import json_answer, json_exchange, request
from lookalikes import wordy
from made_up import key
from outside import FIXED, REPLY, SYSTEM_TEXTS, THOUGHT
from outside import TEMPLATES as FIRST_STAGE_TEMPLATES
from problems import KINDS, digest, problem
from reasoning import reasoning
from subjects import fill

# Questions that need working out are asked with reasoning off more rarely: guessing is not what they are to teach.
REASONING = {'call': 0.6, 'result': 0.6, 'misfit': 0.8, 'json': 0.75, 'outside': 0.6, 'wordy': 0.85, 'talk': 0.75, 'follow': 0.85}
OPERATIONS = {'add': '+', 'subtract': '-', 'multiply': '*'}
WEIGHTS = (4, 4, 4, 4, 5, 4)


@dataclass(frozen=True)
class Reserved:
    """Digests not to be used: those held out, and one in sixteen of all others, which only the evaluation uses."""

    held_out: frozenset
    evaluating: bool = False

    def __contains__(self, digest):
        return digest in self.held_out or (digest[-1] == '0') != self.evaluating


class Skills:
    def __init__(self, rng, excluded, several_tools=0.3):
        self.rng = rng
        self.excluded = excluded
        self.several_tools = several_tools

    def sample(self, skill):
        return getattr(self, skill)()

    def number_problem(self):
        rng = self.rng
        return problem(rng, rng.choices(KINDS, WEIGHTS)[0], self.excluded, 0.3)

    def system_text(self):
        return self.rng.choice(SYSTEM_TEXTS[:-5]) if self.rng.random() < 0.08 else ''

    def tool_question(self):
        """(tools, the one that fits, its numbers, question, what is asked)"""
        rng = self.rng
        asked = tool_questions.asked(rng, self.excluded)
        asks_for_tool = rng.random() < 0.55
        several = rng.random() < self.several_tools
        tool = tools.fitting(rng, asked.operation, not asks_for_tool or several or rng.random() < 0.5)
        question = tools.wording(rng, asked, tool) if asks_for_tool else asked.question
        offered = [tool]
        if several:
            offered.append(self.other_tool(asked.operation))
            rng.shuffle(offered)
        return offered, tool, asked.numbers, question, asked

    def other_tool(self, operation):
        rng = self.rng
        if rng.random() < 0.3:
            return tools.elsewhere(rng)
        # A sum tool fits three numbers as well as two, and doubling is a product.
        near = {'+': '*', '*': '+', 'sum of three': '*', 'double': '+', 'square': '+'}
        alike = near if operation in near else ()
        others = [other for other in tools.DESCRIPTIONS if other != operation and other not in alike]
        other = near[operation] if alike and rng.random() < 0.6 else rng.choice(others)
        return tools.fitting(rng, other, True)

    def call(self):
        offered, tool, numbers, question, _ = self.tool_question()
        messages = [('user', question)]
        return self.offering(offered), messages, tools.thought(tool, numbers), tools.call(tool, numbers)

    def offering(self, offered):
        system = self.system_text()
        return f'{system}\n\n{tools.offer(offered)}' if system else tools.offer(offered)

    def called(self, tool, numbers, question, asked):
        """(messages up to the result, answer)"""
        response, answer = tools.response(self.rng, asked.value, key(self.rng))
        return [('user', question), ('assistant', tools.call(tool, numbers)), ('user', response)], answer

    def result(self):
        offered, tool, numbers, question, asked = self.tool_question()
        messages, answer = self.called(tool, numbers, question, asked)
        return self.offering(offered), messages, f'The tool gives {answer}.', answer

    def misfit(self):
        """A tool is offered that does not fit the question."""
        rng = self.rng
        if rng.random() < 0.25:
            tool = tools.fitting(rng, rng.choice(list(tools.DESCRIPTIONS)), True) if rng.random() < 0.5 else tools.elsewhere(rng)
            return self.offering([tool]), [('user', self.outside_question(impossible_share=0))], THOUGHT, REPLY
        made = self.number_problem()
        operations = [operation for operation, _ in made.steps]
        tool = tools.elsewhere(rng)
        if made.kind in OPERATIONS and rng.random() < 0.35:
            tool = self.other_tool(operations[0])
        offered = [tool, tools.elsewhere(rng)] if rng.random() < 0.15 else [tool]
        return self.offering(offered), [('user', made.question)], reasoning(made), made.answer

    def json(self):
        system, question, thought, answer = json_exchange(self.rng, self.excluded)
        return system, [('user', question)], thought, answer

    def outside_question(self, impossible_share=0.35):
        rng = self.rng
        while True:
            if rng.random() < impossible_share:
                template, question = '{}', impossible(rng)
            else:
                template = rng.choice(FIXED) if rng.random() < 0.1 else rng.choice(TEMPLATES)
                question = fill(rng, template)
                # Always the same question: training has it, so the evaluation has not.
                if '{' not in template and not self.excluded.evaluating:
                    return question
            # The first stage's templates are filled without regard to what is kept for the evaluation.
            if self.excluded.evaluating and template in FIRST_STAGE_TEMPLATES:
                continue
            if '{' in template and digest(question) not in self.excluded:
                return question

    def outside(self):
        return self.system_text(), [('user', self.outside_question())], THOUGHT, REPLY

    def unseen(self):
        return '', [('user', fill(self.rng, self.rng.choice(UNSEEN)))], THOUGHT, REPLY

    def wordy(self):
        made = self.number_problem()
        return self.system_text(), [('user', wordy(self.rng, made.question))], reasoning(made), made.answer

    def talk(self):
        """Two to five questions, tools and small talk among them."""
        rng = self.rng
        turns = rng.choice((2, 2, 2, 3, 3, 4, 5))
        if rng.random() < 0.4:
            return self.talk_with_tool(turns)
        if rng.random() < 0.15:
            return self.talk_in_json(turns)
        messages = []
        for left in reversed(range(turns)):
            question, thought, answer = self.plain_exchange()
            messages += [('user', question), ('assistant', answer)][: 2 if left else 1]
        return self.system_text(), messages, thought, answer

    def plain_exchange(self):
        if self.rng.random() < 0.25:
            return self.outside_question(), THOUGHT, REPLY
        made = self.number_problem()
        return made.question, reasoning(made), made.answer

    def talk_with_tool(self, turns):
        rng = self.rng
        offered, tool, numbers, question, asked = self.tool_question()
        messages, answer = self.called(tool, numbers, question, asked)
        before = [self.aside() for _ in range(rng.randint(0, turns - 1))]
        history = [turn for question, _, answer in before for turn in (('user', question), ('assistant', answer))]
        end = rng.random()
        if end < 0.35:
            return self.offering(offered), [*history, messages[0]], tools.thought(tool, numbers), messages[1][1]
        if end < 0.55:
            return self.offering(offered), [*history, *messages], f'The tool gives {answer}.', answer
        messages = [*history, *messages, ('assistant', answer)]
        if end < 0.8:
            again = self.same_operation(asked, tool)
            if again:
                messages.append(('user', again.question))
                return self.offering(offered), messages, tools.thought(tool, again.numbers), tools.call(tool, again.numbers)
        question, thought, answer = self.aside()
        return self.offering(offered), [*messages, ('user', question)], thought, answer

    def same_operation(self, asked, tool):
        for _ in range(40):
            again = tool_questions.asked(self.rng, self.excluded)
            if again.operation == asked.operation:
                wording = tools.wording(self.rng, again, tool) if self.rng.random() < 0.5 else again.question
                return tool_questions.Asked(again.operation, again.numbers, wording)
        return None

    def aside(self):
        """Something that no number tool is for."""
        if self.rng.random() < 0.5:
            return self.outside_question(0), THOUGHT, REPLY
        made = problem(self.rng, 'sort', self.excluded, 0.3)
        return made.question, reasoning(made), made.answer

    def talk_in_json(self, turns):
        wording, name = request(self.rng)
        messages = []
        for left in reversed(range(turns)):
            made = self.number_problem()
            messages += [('user', made.question), ('assistant', json_answer(made, name))][: 2 if left else 1]
        return wording, messages, reasoning(made), json_answer(made, name)

    def follow(self):
        rng = self.rng
        while True:
            made = self.number_problem()
            messages = [('user', made.question), ('assistant', made.answer)]
            for left in reversed(range(rng.choice((1, 1, 1, 2, 3)))):
                made = follow_up(rng, made.answer, self.excluded)
                if not made:
                    break
                messages += [('user', made.question), ('assistant', made.answer)][: 2 if left else 1]
            if made:
                return '', messages, reasoning(made), made.answer
