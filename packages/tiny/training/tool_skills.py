"""Samples of calls to number tools and of their results: (system text, messages, thought, answer) of each."""

from dataclasses import replace
from itertools import cycle

import tool_questions
import tools
from any_names import USUAL
from made_up import Names
from outside import SYSTEM_TEXTS
from polite import polite


class ToolSkills:
    def __init__(self, rng, excluded, mixture):
        self.rng = rng
        self.excluded = excluded
        self.mixture = mixture
        self.names = Names(rng, excluded, mixture.wide_names)
        self.wide_names = Names(rng, excluded, 1)
        self.usual_names = cycle(USUAL)

    def system_text(self):
        return self.rng.choice(SYSTEM_TEXTS[:-5]) if self.rng.random() < 0.08 else ''

    def is_polite(self):
        return self.mixture.polite > 0 and self.rng.random() < self.mixture.polite

    def tool_question(self):
        """(tools, the one that fits, question, what is asked, thought)"""
        rng = self.rng
        asked = tool_questions.asked(rng, self.excluded)
        asks_for_tool = rng.random() < 0.55
        several = rng.random() < self.mixture.several_tools
        tool = tools.fitting(self.names, asked.operation, not asks_for_tool or several or rng.random() < 0.5)
        question, named = tools.wording(rng, asked, tool) if asks_for_tool else (self.wording(asked), False)
        offered = [tool]
        if several:
            offered.append(self.other_tool(asked.operation))
            rng.shuffle(offered)
        return offered, tool, question, asked, self.thought(offered, tool, asked, named)

    def wording(self, asked):
        return polite(self.rng, asked.operation, asked.numbers) if self.is_polite() else asked.question

    def thought(self, offered, tool, asked, named=False):
        taken = tools.thought(tool, asked.numbers)
        if named or len(offered) == 1 or not self.mixture.considers:
            return taken
        return f'{tools.considered(offered, asked.operation, tool)}\n{taken}'

    def other_tool(self, operation):
        if self.rng.random() < 0.3:
            return tools.elsewhere(self.names)
        return self.other_number_tool(operation, self.names)

    def other_number_tool(self, operation, names):
        rng = self.rng
        # A sum tool fits three numbers as well as two, and doubling is a product.
        near = {'+': '*', '*': '+', 'sum of three': '*', 'double': '+', 'square': '+'}
        alike = near if operation in near else ()
        others = [other for other in tools.DESCRIPTIONS if other != operation and other not in alike]
        other = near[operation] if alike and rng.random() < 0.6 else rng.choice(others)
        return tools.fitting(names, other, True)

    def call(self):
        offered, tool, question, asked, thought = self.tool_question()
        return self.offering(offered), [('user', question)], thought, tools.call(tool, asked.numbers)

    def name(self):
        """A single tool with any name."""
        asked = tool_questions.asked(self.rng, self.excluded)
        return self.single_call(asked, tools.fitting(self.wide_names, asked.operation, self.rng.random() < 0.7))

    def usual(self):
        """A tool that adds, under a usual name, even where the name says something else."""
        rng = self.rng
        while True:
            asked = tool_questions.asked(rng, self.excluded)
            if asked.operation == '+':
                break
        return self.single_call(asked, tools.fitting(self.names, '+', True), next(self.usual_names))

    def single_call(self, asked, tool, title=None):
        if title:
            tool = replace(tool, name=title, schema={**tool.schema, 'name': title})
        question, _ = tools.wording(self.rng, asked, tool) if self.rng.random() < 0.4 else (self.wording(asked), False)
        return self.offering([tool]), [('user', question)], tools.thought(tool, asked.numbers), tools.call(tool, asked.numbers)

    def choice(self):
        """Two or three number tools; a name or a description says which one fits."""
        rng = self.rng
        asked = tool_questions.asked(rng, self.excluded)
        names = rng.choice((self.names, self.wide_names))
        tool = tools.fitting(names, asked.operation, True)
        offered = [tool, self.other_number_tool(asked.operation, names)]
        if rng.random() < 0.25:
            offered.append(self.other_number_tool(asked.operation, names))
        rng.shuffle(offered)
        messages = [('user', self.wording(asked))]
        return self.offering(offered), messages, self.thought(offered, tool, asked), tools.call(tool, asked.numbers)

    def offering(self, offered):
        system = self.system_text()
        return f'{system}\n\n{tools.offer(offered)}' if system else tools.offer(offered)

    def called(self, tool, question, asked):
        """(messages up to the result, answer)"""
        response, answer = tools.response(self.rng, asked.value, self.names.key())
        return [('user', question), ('assistant', tools.call(tool, asked.numbers)), ('user', response)], answer

    def result(self):
        offered, tool, question, asked, _ = self.tool_question()
        messages, answer = self.called(tool, question, asked)
        return self.offering(offered), messages, f'The tool gives {answer}.', answer

    def same_operation(self, asked, tool):
        for _ in range(40):
            again = tool_questions.asked(self.rng, self.excluded)
            if again.operation == asked.operation:
                plain = self.rng.random() >= 0.5
                wording, named = (again.question, False) if plain else tools.wording(self.rng, again, tool)
                return tool_questions.Asked(again.operation, again.numbers, wording), named
        return None
