"""Questions outside the model's world, and what it says to them."""

REPLY = 'I am a tiny model: I can add, subtract, multiply, compare and sort small numbers.'
THOUGHT = 'Not a number problem I know.'

FIXED = (
    'hi', 'Hi', 'Hi!', 'hello', 'Hello!', 'Hello there.', 'Hey', 'Good morning.', 'How are you?', 'Say hi.', 'Say hello.',
    'Thanks!', 'Thank you.', 'Bye.', 'Who are you?', 'What are you?', 'What can you do?', 'Help', 'Are you there?', 'test',
    'Name three primes.', 'Name three colours.', 'Count to one hundred.', 'Count to ten.', 'Tell me a story.', 'Tell me a joke.',
    'Tell me a long story.', 'Prove that √2 is irrational.', 'Prove it.', 'Why?', 'And doubled?', 'And then?', 'What time is it?',
    'What day is it today?', 'What is the weather like?', 'What is the meaning of life?', 'Is it raining?', 'Go on.', 'Stop.',
    'What is love?', 'Sing a song.', 'Repeat after me.', 'Write a program.', 'What is your name?', 'Where are you from?',
    'Say something.', 'Can you help me?', 'Explain yourself.', 'What is two and two?', 'Continue.', 'ok', 'yes', 'no', '?',
)
TEMPLATES = (
    'Tell me about {topic}.', 'Tell me about {topic}', 'What is {topic}?', 'Explain {topic}.', 'Write a poem about {topic}.',
    'Write a story about {topic}.', 'Tell me a story about {topic}.', 'What do you think of {topic}?', 'Describe {topic} in one line.',
    'Who invented {topic}?', 'Why is {topic} important?', 'How does {topic} work?', 'Give me {number} facts about {topic}.',
    'What is the weather in {place}?', 'What is the capital of {place}?', 'Where is {place}?', 'How far is {place}?',
    'How do I get to {place}?', 'Who lives in {place}?', 'Translate {topic} into {language}.', 'Say hello in {language}.',
    'Write a letter to a friend in {place}.', 'Name {number} cities in {place}.', 'List {number} words for {topic}.',
    'What is {number} divided by {number}?', 'What is {number} / {number}?', 'What is the square root of {number}?',
    'Is {number} a prime?', 'Prove that {number} is irrational.', 'Count from {number} to {number}.', 'Count to {number}.',
    'Write a {language} sentence with {number} words.', 'What happened in {number}?', 'Summarize {topic} in {number} words.',
    'Please help me with {topic}.', 'I like {topic}.', 'I am from {place}.', 'Do you know {place}?', 'Do you speak {language}?',
    'How old is {topic}?', 'Is {topic} good for me?', 'Find {topic} on the map.', 'Show me {topic}.', 'Make a list of {topic}.',
)
TOPICS = (
    'the sea', 'Paris', 'history', 'music', 'the moon', 'a cat', 'dogs', 'love', 'computers', 'the weather', 'science', 'chess',
    'bread', 'coffee', 'trains', 'the sun', 'art', 'books', 'gravity', 'light', 'birds', 'football', 'rivers', 'a tree', 'time',
    'war and peace', 'the internet', 'money', 'maths', 'logic', 'language models', 'snow', 'fire', 'a ship', 'the king', 'tea',
)
PLACES = ('Paris', 'Rome', 'Berlin', 'France', 'Japan', 'Spain', 'Oslo', 'India', 'London', 'Peru', 'Cairo', 'Kenya', 'the city')
LANGUAGES = ('French', 'German', 'Spanish', 'English', 'Latin', 'Italian', 'Python')
SYSTEM_TEXTS = (
    'Answer in French.', 'You are a helpful assistant.', 'Be brief.', 'Be kind.', 'Answer with one number.', 'You are a calculator.',
    'You are nano, a tiny model.', 'Reply in plain text.', 'Answer as shortly as you can.', 'Never make a mistake.',
    'You help with homework.', 'The user is a student.', 'Think before you answer.', 'Use no words you do not need.',
    'You are an expert in arithmetic.', 'Do not use tools.', 'Speak like a pirate.', 'Today is Monday.', 'Keep it simple.',
)


def outside(rng):
    if rng.random() < 0.35:
        return rng.choice(FIXED)
    return rng.choice(TEMPLATES).format(
        topic=rng.choice(TOPICS),
        place=rng.choice(PLACES),
        language=rng.choice(LANGUAGES),
        number=rng.randint(2, 10 ** rng.randint(1, 4)),
    )
