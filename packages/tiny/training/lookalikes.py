"""Polite and wordy forms of problems that the model can solve, so that it does not decline them."""

BEFORE = (
    'Hi! ', 'Hello! ', 'Hello. ', 'Hey, ', 'Good morning. ', 'Please tell me: ', 'Please: ', 'Quick question: ',
    'I have a question. ', 'My homework: ', 'Can you help me? ', 'Help me with this: ', 'I need to know this: ', 'Tell me, ',
    'Now: ', 'Next: ', 'OK, ', 'Thanks! ', 'Thank you. ', 'So, ', 'Problem: ', 'Question: ', 'Q: ', 'Think about this: ',
    'Here is a problem. ', 'One more: ', 'Who are you? Never mind. ', 'I like maths. ',
)
AFTER = (
    ' Thanks!', ' Thank you.', ' Please.', ' Please help.', ' Be brief.', ' Be careful.', ' Think first.', ' Just the number.',
    ' Quick!', ' I am in Paris.', ' My friend wants to know.', ' Do not guess.', ' Explain.', ' It is for school.',
    ' Good luck!', ' Answer in one line.', ' (easy)', ' Do you know?',
)


def wordy(rng, question):
    where = rng.random()
    before = rng.choice(BEFORE) if where < 0.65 else ''
    after = rng.choice(AFTER) if where > 0.5 else ''
    return before + question + after
